package ssmix2

import (
	"bytes"

	"github.com/torideproject/toride/internal/chart/model"
)

// cut tells of messages that stop in the middle of a segment, where nearly all
// others of the patient end as they should: a file that was half written or half
// copied still reads as a message, with orders or results missing at its end.
// A maker who never writes the last separator is not told of each file.
func (r *reader) cut() {
	whole, cut := 0, 0
	for i := range r.jobs {
		switch j := &r.jobs[i]; {
		case j.view == nil:
		case j.ended:
			whole++
		default:
			cut++
		}
	}
	if cut == 0 || whole < 4*cut {
		return
	}
	for i := range r.jobs {
		if j := &r.jobs[i]; j.view != nil && !j.ended {
			rec := r.record(j)
			r.notes.Add(model.Warn, "file.cut", r.s.ref(rec), rec.Path())
		}
	}
}

// ended reports whether the last segment of a message has its end. UTF-16 puts a
// zero on one side of it, some senders 1A behind it.
func ended(data []byte) bool {
	data = bytes.TrimRight(data, "\x00\x1a \t")
	return len(data) > 0 && (data[len(data)-1] == '\r' || data[len(data)-1] == '\n')
}
