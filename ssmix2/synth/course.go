package synth

import (
	"slices"
	"strings"
)

// item is one file of standard storage, or one content folder.
type item struct {
	kind  string
	date  day // noDate: the folder -
	order string
	sent  clock
	dept  string
	flag  byte
	del   bool // it is a deletion: DEL in the log
	// write gives the message in UTF-8; it draws nothing, so that it gives the
	// same whenever and however often it is called.
	write func(w *writer)
	doc   *document
	bad   *badness
}

// document is a content folder of extended storage.
type document struct {
	folder string // the data type's folder
	code   string // what the content folder's name says of it
	files  []docFile
}

type docFile struct {
	name  string
	hl7   bool // a message, in the patient's charset
	write func(w *writer)
}

// course is everything that happened to one patient.
type course struct {
	h     *Hospital
	p     *person
	r     rng
	items []item
	exp   Expected
	seq   int
	conds []illness
	offs  [labCount]float32 // how far this patient's usual values are from the middle
}

// illness is a disease that stays.
type illness struct {
	*condition
	since day
}

const noOrder = "999999999999999"

// course makes a patient. Time and memory grow with what happened to him alone.
func (h *Hospital) course(i int) *course {
	c := &course{h: h, p: h.person(i), r: stream(h.o.Seed, uint64(i), 4)} //nolint:gosec // not negative
	c.exp.Identity = c.p.e
	for k := range c.offs {
		c.offs[k] = float32(c.r.bell() * 0.25)
	}
	c.illnesses()
	bed, inside := h.bedOf(i)
	var stays []stayPlan
	if inside {
		stays = append(stays, c.currentStay(bed))
	}
	stays = c.pastStays(stays)
	c.outpatient(stays)
	for k := range stays {
		c.inpatient(&stays[k])
	}
	c.problems(stays)
	c.allergies()
	c.details()
	c.newest("ADT-01")
	c.cancelled(stays)
	c.infectionScreen()
	slices.SortFunc(c.exp.Past, func(a, b Stay) int { return strings.Compare(a.Admitted, b.Admitted) })
	c.exp.Labs = slices.DeleteFunc(c.exp.Labs, func(l Lab) bool { return l.Value == "" })
	c.addDefect()
	c.exp.Files = len(c.items)
	return c
}

// add stores a message that was sent before the copy was made; ok is false for
// one that is still to come, and then it must not be expected either.
func (c *course) add(it item) (ok bool) {
	if it.sent > c.h.asOf {
		return false
	}
	if it.flag == 0 {
		it.flag = '1'
	}
	if it.doc != nil && !c.h.o.Extended {
		return false
	}
	c.items = append(c.items, it)
	if it.doc != nil && it.flag == '1' && it.bad == nil {
		c.exp.Documents++
	}
	return true
}

// number is the next order number of the patient, unique in the hospital up to
// 99,999 orders each.
func (c *course) number() string {
	c.seq++
	return pad(c.p.index+1, 10) + pad(c.seq%100000, 5)
}

// jitter is the fraction of a second that makes two messages of a moment differ.
func (c *course) jitter() clock { return clock(c.r.n(59_999)) }

func (c *course) illnesses() {
	for k := range c.h.chronic {
		d := &c.h.chronic[k]
		age := c.p.age(c.h.asOf.day())
		if age < d.from || age > d.to || !c.r.chance(d.share) || len(c.conds) >= 4 {
			continue
		}
		since := c.h.from + day(c.r.n(int(c.h.asOf.day()-c.h.from)))/2 //nolint:gosec // small
		c.conds = append(c.conds, illness{d, max(since, c.p.birth+200)})
	}
}

// newest makes all versions of a dateless type but the last one superseded: the
// stays are not written in the order of time.
func (c *course) newest(kind string) {
	last := -1
	for i := range c.items {
		if it := &c.items[i]; it.kind == kind {
			if it.flag = '2'; last < 0 || it.sent > c.items[last].sent {
				last = i
			}
		}
	}
	if last >= 0 {
		c.items[last].flag = '1'
	}
}
