package synth

import (
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/hl7"
	"github.com/torideproject/toride/ssmix2"
)

// The folders at the top of the store.
const (
	StandardFolder    = "標準化ストレージ"
	ExtendedFolder    = "拡張ストレージ"
	TransactionFolder = "トランザクションストレージ"
)

// File is one file of the store, or an empty folder.
type File struct {
	Path    string // below the store's top, parts joined by /
	Patient int    // -1: a transaction file
	Time    time.Time
	Data    []byte // valid until the next file; nil for a folder
	Dir     bool
}

// entry is where a file of a patient stands, before it is written.
type entry struct {
	path string
	item int
	file int // of a document
	dir  bool
}

// root is the folder of standard storage that a date stands in: with several
// volumes each has its share of the years, and the last has what has no date.
func (h *Hospital) root(d day) string {
	if h.o.Volumes == 1 {
		return StandardFolder + "/" + h.o.Facility
	}
	k := h.o.Volumes - 1
	if span := int(h.asOf.day()-h.from) + 1; d != noDay && d < h.asOf.day() {
		k = min(k, max(0, int(d-h.from))*h.o.Volumes/span)
	}
	return StandardFolder + "/" + h.o.Facility + "_" + string(rune('A'+k))
}

func (c *course) name(it *item) string {
	return ssmix2.Name{Patient: c.p.id, Date: it.date.String(), Kind: it.kind, Order: it.order, Sent: it.sent.text(17), Dept: it.dept, Flag: it.flag}.String()
}

func (h *Hospital) patientDir(id string) string { return id[:3] + "/" + id[3:6] + "/" + id }

// entries gives the places of a patient's files.
func (c *course) entries() []entry {
	out := make([]entry, 0, len(c.items)+8)
	below := c.h.patientDir(c.p.id)
	for i := range c.items {
		it := &c.items[i]
		name, date, folder := c.name(it), it.date.String(), it.kind
		root := ""
		if it.doc != nil {
			root, folder = ExtendedFolder+"/"+c.h.o.Facility, it.doc.folder
		} else {
			root = c.h.root(it.date)
		}
		if b := it.bad; b != nil {
			if b.name != nil {
				name = b.name(name)
			}
			if b.folder != "" {
				folder = b.folder
			}
			if b.oldest {
				root = c.h.root(c.h.from)
			}
			if b.stray != "" {
				out = append(out, entry{path: root + "/" + below + "/" + date + "/" + b.stray, item: i})
				continue
			}
		}
		at := root + "/" + below + "/" + date + "/" + folder + "/" + name
		if it.doc == nil {
			out = append(out, entry{path: at, item: i})
			continue
		}
		if len(it.doc.files) == 0 {
			out = append(out, entry{path: at, item: i, dir: true})
		}
		for k := range it.doc.files {
			out = append(out, entry{path: at + "/" + it.doc.files[k].name, item: i, file: k})
		}
	}
	return out
}

func (h *Hospital) charset(i int) hl7.Charset { return h.o.Charsets[i%len(h.o.Charsets)] }

// render gives the bytes of an entry; they belong to the writer.
func (c *course) render(w *writer, e entry) []byte {
	if e.dir {
		return nil
	}
	it := &c.items[e.item]
	w.b = w.b[:0]
	charset := c.h.charset(c.p.index)
	if it.bad != nil && it.bad.charset != hl7.Auto {
		charset = it.bad.charset
	}
	if it.doc != nil {
		f := &it.doc.files[e.file]
		if f.write(w); !f.hl7 {
			return w.b
		}
		return w.encode(charset)
	}
	it.write(w)
	if it.bad != nil && it.bad.text != nil {
		w.b = append(w.b[:0], it.bad.text(string(w.b))...)
	}
	data := w.encode(charset)
	if it.bad != nil && it.bad.bytes != nil {
		data = it.bad.bytes(append([]byte(nil), data...))
	}
	return data
}

// PatientFiles yields the files of one patient, apart from all others, in no
// particular order. The time is about that of writing its messages.
func (h *Hospital) PatientFiles(i int) iter.Seq[File] {
	return func(yield func(File) bool) {
		if i < 0 || i >= h.o.Patients {
			return
		}
		w, _ := h.writers.Get().(*writer)
		defer h.writers.Put(w)
		c := h.course(i)
		for _, e := range c.entries() {
			f := File{Path: e.path, Patient: i, Time: c.items[e.item].sent.time(), Data: c.render(w, e), Dir: e.dir}
			if !yield(f) {
				return
			}
		}
	}
}

// Files yields every file of the store, patient by patient, then the
// transactions. Memory stays that of one patient, or of one transaction file.
// The error is the context's and ends it.
func (h *Hospital) Files(ctx context.Context) iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		for i := range h.o.Patients {
			if err := ctx.Err(); err != nil {
				yield(File{}, err)
				return
			}
			for f := range h.PatientFiles(i) {
				if !yield(f, nil) {
					return
				}
			}
		}
		for _, at := range h.transactionNames() {
			if err := ctx.Err(); err != nil {
				yield(File{}, err)
				return
			}
			if !yield(h.transactionFile(at), nil) {
				return
			}
		}
	}
}

// Expect says what a reader should find out about a patient; the zero Expected
// for a number that no patient has.
func (h *Hospital) Expect(i int) Expected {
	if i < 0 || i >= h.o.Patients {
		return Expected{}
	}
	c := h.course(i)
	return c.exp
}

// Census lists the numbers of the patients who are in the hospital at the as-of
// time, in the order of the beds.
func (h *Hospital) Census() []int {
	var out []int
	for k := range h.beds {
		if i := k * h.stride; i < h.o.Patients {
			if _, ok := h.bedOf(i); ok {
				out = append(out, i)
			}
		}
	}
	return out
}

const blockSize = 64

// transactionNames are the files of the log: for each year one for every 64
// patients. Within a file the entries of a patient stand in the order of time,
// patients one after the other: a real log mixes them by the hour.
func (h *Hospital) transactionNames() []transactionAt {
	if !h.o.Transactions {
		return nil
	}
	var out []transactionAt
	first, _, _ := (h.from - 300).civil()
	last, _, _ := h.asOf.day().civil()
	for y := first; y <= last; y++ {
		for b := 0; b*blockSize < h.o.Patients; b++ {
			out = append(out, transactionAt{y, b})
		}
	}
	return out
}

type transactionAt struct{ year, block int }

func (t transactionAt) path() string {
	y := pad(t.year, 4)
	return TransactionFolder + "/" + y + "/TR_" + y + "0101000000000_" + pad(t.block+1, 5) + ".DAT"
}

func (h *Hospital) transactionFile(t transactionAt) File {
	w, _ := h.writers.Get().(*writer)
	defer h.writers.Put(w)
	var out []byte
	newest := dayOf(pad(t.year, 4)+"0101").at(0, 0)
	for i := t.block * blockSize; i < min((t.block+1)*blockSize, h.o.Patients); i++ {
		c := h.course(i)
		var list []entry
		for k := range c.items {
			it := &c.items[k]
			y, _, _ := it.sent.day().civil()
			if it.doc == nil && it.bad == nil && y == t.year {
				list = append(list, entry{item: k})
			}
		}
		slices.SortStableFunc(list, func(a, b entry) int { return int(c.items[a.item].sent - c.items[b.item].sent) })
		for _, e := range list {
			it := &c.items[e.item]
			what := "INS"
			if it.del {
				what = "DEL"
			}
			out = append(out, strings.Join([]string{"#SSMIX", "2.00", h.o.Facility, c.p.id, it.date.String(), it.kind, it.order, what, it.dept, it.sent.text(17)}, ",")...)
			out = append(out, '\r')
			out = append(out, c.render(w, e)...)
			newest = max(newest, it.sent)
		}
	}
	return File{Path: t.path(), Patient: -1, Time: newest.time(), Data: out}
}
