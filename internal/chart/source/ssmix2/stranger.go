package ssmix2

import (
	"strconv"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
)

// strangers makes suspect what carries the patient's number and speaks of
// somebody else: another name and another day of birth than his newest details
// (without any: than the message that was sent last). Two volumes may give one
// number to two people, and a mistaken folder looks the same; their records are
// never put into one list. Each such person is one notice of danger that counts
// the records and leads to the first of them.
func (r *reader) strangers() {
	meant := r.meant()
	if meant < 0 {
		return
	}
	who := identityOf(&r.jobs[meant])
	type other struct {
		who   model.Identity
		first model.Ref
		count int
	}
	var others []other
	for i := range r.jobs {
		j := &r.jobs[i]
		if j.fate != readWell || i == meant {
			continue
		}
		is, at := identityOf(j), -1
		if is == who || !model.Another(who, is) { // nearly all are the same to the letter
			continue
		}
		j.fate = suspect
		for k := range others {
			if !model.Another(others[k].who, is) {
				at = k
				break
			}
		}
		if at < 0 {
			if at = len(others); at >= maxOthers {
				at--
			} else {
				others = append(others, other{who: is, first: r.s.ref(r.record(j))})
			}
		}
		others[at].count++
	}
	for _, o := range others {
		name, birth := o.who.Who()
		r.notes.Add(model.Danger, "patient.other_person", o.first, r.listing.Patient.ID, name, birth, strconv.Itoa(o.count))
	}
}

// maxOthers is how many people are named of those whose records stand under one
// number.
const maxOthers = 5

// meant is the job that says whose folder this is; -1 if none does.
func (r *reader) meant() int {
	best := -1
	for i := range r.jobs {
		j := &r.jobs[i]
		if j.fate != readWell || j.view == nil || briefOf(j.view.Patient) == (source.Brief{}) {
			continue
		}
		rec := r.record(j)
		if best >= 0 {
			b := r.record(&r.jobs[best])
			if is, was := rec.Kind == details, b.Kind == details; is != was && was || is == was && rec.Sent <= b.Sent {
				continue
			}
		}
		best = i
	}
	return best
}

func identityOf(j *job) model.Identity {
	if j.view == nil {
		return model.Identity{}
	}
	return identity(briefOf(j.view.Patient))
}

// promote shows a further valid version where the newest is another's.
func (r *reader) promote() {
	for i := range r.jobs {
		j := &r.jobs[i]
		if !j.older || j.fate != readWell {
			continue
		}
		at := r.jobOf[j.item]
		if at < 0 || r.jobs[at].fate != suspect {
			continue
		}
		it := &r.items[j.item]
		for k, o := range it.Others {
			if o == j.record {
				it.Others[k] = it.Shown
			}
		}
		it.Shown = j.record
		r.jobs[at].older, j.older, r.jobOf[j.item] = true, false, i
	}
}
