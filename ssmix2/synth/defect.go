package synth

import (
	"bytes"
	"strings"

	"github.com/torideproject/toride/hl7"
	"github.com/torideproject/toride/ssmix2"
)

// badness is what is wrong with a file that is written otherwise as it should.
type badness struct {
	kind    string
	name    func(string) string // of the file's or content folder's name
	text    func(string) string // of the message before it is encoded
	bytes   func([]byte) []byte // of the encoded message
	charset hl7.Charset
	folder  string // instead of the data type's
	stray   string // a file beside the data types' folders
	oldest  bool   // in the first volume
}

// gaijiName is the defect that changes who the patient is: a character of the
// name was lost.
const gaijiName = "name.gaiji"

// twoPeople is an old file of patient's data, in the first volume if there are
// several, that is of somebody else: a number that was given out twice.
const twoPeople = "patient.two_people"

// fault is one kind of defect: how a file is spoilt and what should be said of
// it.
type fault struct {
	kind     string
	lint     ssmix2.Code
	standing ssmix2.Standing
	flag     byte // 0: valid
	bad      badness
	more     func(c *course, at *item) // a second file
	doc      bool                      // a document, not a message
	files    []docFile
}

// DefectKinds lists the kinds of defect in the order they are dealt out to the
// patients who have one.
func DefectKinds() []string {
	var out []string
	for _, f := range faults() {
		out = append(out, f.kind)
	}
	return out
}

// defect is the kind of a patient's defect, "" for none.
func (h *Hospital) defect(i int) string {
	if h.o.Defects == 0 {
		return ""
	}
	// The n-th patient who has one has the n-th kind: a share of the numbers is
	// counted, not drawn, so that small stores have every kind.
	n := int(float64(i+1) * h.o.Defects)
	if n == int(float64(i)*h.o.Defects) {
		return ""
	}
	kinds := faultKinds()
	return kinds[(n-1)%len(kinds)]
}

func faultKinds() [46]string {
	return [...]string{gaijiName, "pid.other", "pid.none", "only.deleted", "only.superseded", "two.valid", "newer.deleted", "charset.utf8", "charset.cp932", "charset.eucjp",
		"lines.lf", "lines.crlf", "time.hour24", "time.zero", "time.orc9", "null.fields", "type.unknown", "file.empty", "file.truncated", "file.encrypted", "file.padded", "kanji.open",
		"name.eight", "name.six", "name.time15", "name.extension", "name.padded", "name.patient", "name.date", "name.kind", "name.odd", "message.trigger", "message.order", "file.stray",
		"folder.mojibake", "document.empty", "document.guess", "result.no_items", "result.code_text", "result.odd", "order.swapped", "item.uncoded", "text.split_voicing",
		"order.stopped", "text.gaiji", twoPeople}
}

func swap(old, with string) func(string) string {
	return func(s string) string { return strings.Replace(s, old, with, 1) }
}

// field replaces a field of the first segment with an ID.
func field(id string, n int, with func(string) string) func(string) string {
	return func(s string) string {
		lines := strings.Split(s, "\r")
		for i, l := range lines {
			if !strings.HasPrefix(l, id+"|") {
				continue
			}
			f := strings.Split(l, "|")
			for len(f) <= n {
				f = append(f, "")
			}
			f[n] = with(f[n])
			lines[i] = strings.Join(f, "|")
			break
		}
		return strings.Join(lines, "\r")
	}
}

func always(s string) func(string) string { return func(string) string { return s } }

func nameField(n int, with func(string) string) func(string) string {
	return func(s string) string {
		f := strings.Split(s, "_")
		f[n] = with(f[n])
		return strings.Join(f, "_")
	}
}

func lines(with string) func([]byte) []byte {
	return func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\r"), []byte(with)) }
}

// faults is the table of defects, in the order of faultKinds.
func faults() []fault {
	return append(append(faultsOfVersions(), faultsOfBytes()...), append(faultsOfNames(), faultsOfMessages()...)...)
}

func faultsOfVersions() []fault {
	later := func(flag byte) func(c *course, at *item) {
		return func(c *course, at *item) {
			again := *at
			again.sent += 5 * minute
			again.flag = flag
			c.add(again)
		}
	}
	return []fault{
		{kind: gaijiName},
		{kind: "pid.other", lint: ssmix2.MessagePatient, bad: badness{text: field("PID", 3, always("9999999^^^^PI"))}},
		{kind: "pid.none", lint: ssmix2.MessageNobody, bad: badness{text: field("PID", 3, always(""))}},
		{kind: "only.deleted", standing: ssmix2.Deleted, flag: '0'},
		{kind: "only.superseded", lint: ssmix2.NoneValid, standing: ssmix2.Uncertain, flag: '2'},
		{kind: "two.valid", lint: ssmix2.TwoValid, more: later('1')},
		{kind: "newer.deleted", lint: ssmix2.NewerDeleted, more: later('0')},
	}
}

func faultsOfBytes() []fault {
	return []fault{
		{kind: "charset.utf8", bad: badness{charset: hl7.UTF8}},
		{kind: "charset.cp932", bad: badness{charset: hl7.CP932}},
		{kind: "charset.eucjp", bad: badness{charset: hl7.EUCJP}},
		{kind: "lines.lf", bad: badness{bytes: lines("\n")}},
		{kind: "lines.crlf", bad: badness{bytes: lines("\r\n")}},
		{kind: "time.hour24", bad: badness{text: field("SPM", 17, func(s string) string { return s[:8] + "2530" })}},
		{kind: "time.zero", bad: badness{text: field("SPM", 17, always("00000000"))}},
		{kind: "time.orc9", bad: badness{text: field("ORC", 9, func(s string) string { return s[:8] + "00" + s[8:12] })}},
		{kind: "null.fields", bad: badness{text: field("OBR", 13, always(`""`))}},
		{kind: "type.unknown", bad: badness{folder: "OML-12", name: nameField(2, always("OML-12"))}},
		{kind: "file.empty", lint: ssmix2.FileEmpty, bad: badness{bytes: func([]byte) []byte { return []byte{} }}},
		{kind: "file.truncated", lint: ssmix2.FileDamaged, bad: badness{charset: hl7.ISO2022JP, bytes: func(b []byte) []byte {
			at := bytes.LastIndex(b, []byte("\x1b$B"))
			return b[:at+4] // in the middle of a character
		}}},
		{kind: "file.encrypted", lint: ssmix2.FileNotHL7, bad: badness{bytes: func(b []byte) []byte {
			r := rng{uint64(len(b))}
			for i := range b {
				b[i] = byte(r.next()>>56) | 0x80
			}
			return b
		}}},
		{kind: "file.padded", lint: ssmix2.FileDamaged, bad: badness{bytes: func(b []byte) []byte { clear(b[len(b)-len(b)/4:]); return b }}},
		{kind: "kanji.open", lint: ssmix2.FileDamaged, bad: badness{charset: hl7.ISO2022JP, bytes: func(b []byte) []byte {
			at := bytes.LastIndex(b, []byte("\x1b(B"))
			return append(b[:at], b[at+3:]...)
		}}},
	}
}

func faultsOfNames() []fault {
	return []fault{
		{kind: "name.eight", lint: ssmix2.NameFields, bad: badness{name: nameField(3, func(s string) string { return s[:7] + "_" + s[7:] })}},
		{kind: "name.six", lint: ssmix2.NameFields, bad: badness{name: func(s string) string {
			f := strings.Split(s, "_")
			return strings.Join(append(f[:5:5], f[6]), "_")
		}}},
		{kind: "name.time15", lint: ssmix2.NameTime, bad: badness{name: nameField(4, func(s string) string { return s[:15] })}},
		{kind: "name.extension", lint: ssmix2.NameExtension, bad: badness{name: func(s string) string { return s + ".hl7" }}},
		{kind: "name.padded", lint: ssmix2.NamePadded, bad: badness{name: nameField(5, func(s string) string { return s + " " })}},
		{kind: "name.patient", lint: ssmix2.NamePatient, bad: badness{name: nameField(0, func(s string) string { return "9" + s[1:] })}},
		{kind: "name.date", lint: ssmix2.NameDate, bad: badness{name: nameField(1, always("20010101"))}},
		{kind: "name.kind", lint: ssmix2.NameKind, bad: badness{name: nameField(2, always("OML-02"))}},
		{kind: "name.odd", lint: ssmix2.NameUnreadable, bad: badness{name: always("copy of a file")}},
	}
}

func faultsOfMessages() []fault {
	text := func(name string) docFile {
		return docFile{name: name, write: func(w *writer) { w.s("記録\r\n") }}
	}
	return []fault{
		{kind: "message.trigger", lint: ssmix2.MessageTrigger, bad: badness{text: swap("OML^O33^OML_O33", "OMD^O03^OMD_O03")}},
		{kind: "message.order", lint: ssmix2.MessageOrder, bad: badness{text: field("ORC", 2, always("000000000000077"))}},
		{kind: "file.stray", lint: ssmix2.DirUnknown, bad: badness{stray: "export.log"}},
		{kind: "folder.mojibake", lint: ssmix2.NameEncoding, doc: true, files: []docFile{text("note.txt")}},
		{kind: "document.empty", lint: ssmix2.DocumentEmpty, doc: true},
		{kind: "document.guess", lint: ssmix2.DocumentGuess, doc: true, files: []docFile{text("a.txt"), text("b.txt")}},
		{kind: "result.no_items", bad: badness{text: func(s string) string {
			at := strings.Index(s, "\rOBX")
			return s[:at]
		}}},
		{kind: "result.code_text", bad: badness{text: func(s string) string {
			return field("OBX", 5, always("^溶血あり"))(field("OBX", 2, always("CWE"))(s))
		}}},
		{kind: "result.odd", bad: badness{text: func(s string) string {
			return field("OBX", 6, always("個/HFP"))(field("OBX", 5, always("2.3(±)"))(field("OBX", 2, always("ST"))(s)))
		}}},
		{kind: "order.swapped", bad: badness{text: func(s string) string {
			l := strings.Split(s, "\r")
			for i := 1; i < len(l); i++ {
				if strings.HasPrefix(l[i], "OBR|") && strings.HasPrefix(l[i-1], "TQ1|") && strings.HasPrefix(l[i-2], "ORC|") {
					l[i-2], l[i] = l[i], l[i-2]
				}
			}
			return strings.Join(l, "\r")
		}}},
		{kind: "item.uncoded", bad: badness{text: swap("^JC10^", "^^")}},
		{kind: "text.split_voicing", bad: badness{text: swap("グルコース", "ク゛ルコース")}},
		{kind: "order.stopped", bad: badness{text: func(s string) string { return strings.ReplaceAll(s, "\rORC|NW|", "\rORC|CA|") }}},
		{kind: "text.gaiji", bad: badness{text: swap("グルコース", "■ルコース")}},
		{kind: twoPeople, lint: ssmix2.TwoValid, bad: badness{oldest: true}},
	}
}

// addDefect spoils a file that is there for nothing else: an order of the
// laboratory without results, or a note.
func (c *course) addDefect() {
	kind := c.h.defect(c.p.index)
	if kind == "" {
		return
	}
	list := faults()
	k := 0
	for list[k].kind != kind {
		k++
	}
	f := &list[k]
	if f.doc && !c.h.o.Extended {
		return
	}
	if kind == gaijiName {
		c.exp.Defects = append(c.exp.Defects, Defect{Kind: kind})
		return
	}
	on := c.h.asOf.day() - 2 - day(c.r.n(9)) //nolint:gosec // small
	v := c.visit("01", c.p.index)
	at := on.at(9, c.r.n(60))
	it := item{flag: f.flag, date: on, dept: v.dept, sent: at + 20*minute + c.jitter(), bad: &f.bad}
	f.bad.kind = kind
	if f.doc {
		folder := "^経過記録^^11506-3^経過記録^LN"
		if kind == "folder.mojibake" {
			folder = mojibake("^看護記録^^28623-7^看護記録^LN")
		}
		it.kind, it.order, it.doc = "11506-3", at.text(14), &document{folder: folder, code: "11506-3", files: f.files}
		if kind == "folder.mojibake" {
			it.kind = "28623-7"
		}
	} else if kind == twoPeople {
		other := *c.h.person(c.p.index + 1)
		other.id = c.p.id
		other.segment()
		it.kind, it.order, it.date, it.dept, it.sent = "ADT-00", noOrder, noDay, "-", c.h.from.at(6, 0)
		it.write = func(w *writer) { w.details(&other, v, nil, moveText{trigger: "A08", at: it.sent}) }
	} else {
		o := &labOrder{order: c.number(), ordered: at, collected: at, v: v, status: "F", values: c.measure(at, routinePanels, nil)}
		it.kind, it.order, it.write = "OML-01", o.order, func(w *writer) { w.labOrder(c.p, o) }
	}
	first := len(c.items)
	if c.add(it); f.more != nil {
		f.more(c, &it)
	}
	if f.lint == ssmix2.TwoValid && f.more != nil {
		first++ // the newer one is named
	}
	c.exp.Defects = append(c.exp.Defects, Defect{Kind: kind, Path: c.place(first), Lint: f.lint, Standing: f.standing})
}

// place is where an item stands: the file, or the content folder.
func (c *course) place(k int) string {
	for _, e := range c.entries() {
		if e.item != k {
			continue
		}
		if it := &c.items[k]; it.doc != nil && len(it.doc.files) > 0 {
			return e.path[:strings.LastIndexByte(e.path, '/')]
		}
		return e.path
	}
	return ""
}

// mojibake is a name in CP932 whose bytes were taken for code page 437, as old
// ZIP programs leave it.
func mojibake(s string) string {
	e := hl7.NewEncoder(hl7.EncodeOptions{Charset: hl7.CP932})
	return fromCP437(e.AppendText(nil, s))
}
