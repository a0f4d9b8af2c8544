package evtx

import "time"

// Record is one event. It belongs to its Decoder or Reader and is valid until
// the next call of Next there, with all slices that it has given.
type Record struct {
	d         *Decoder
	number    uint64
	written   uint64
	offset    int64
	raw       []byte
	shape     *Shape
	recovered bool
	told      bool // its OverLimit damage is in the list
}

// Number is the record's number in its file, from the record's header. In an
// exported log it may differ from the event's own EventRecordID.
func (r *Record) Number() uint64 { return r.number }

// Written is when the record was written, in UTC with a precision of 100 ns,
// from the record's header. The event's own time is the field
// TimeCreated_SystemTime.
func (r *Record) Written() time.Time { return fileTime(r.written) }

// Time is when the event happened, in UTC with a precision of 100 ns: the
// System element TimeCreated or, where the event has none that can be read,
// Written.
func (r *Record) Time() time.Time {
	i := r.shape.layout.time
	if i < 0 {
		return r.Written()
	}
	if s := &r.shape.layout.src[i]; s.kind == srcSingle {
		if v := r.d.body.value(int(s.inst), s.sub); v.typ == tFileTime && v.n >= 8 {
			return fileTime(u64(r.d.c, int(v.off)))
		}
	}
	var v Value
	r.d.left = MaxRecordText
	r.d.fill(&v, r.shape, &r.shape.layout.src[i])
	if t, err := time.Parse(time.RFC3339Nano, string(v.Text)); err == nil {
		return t.UTC()
	}
	return r.Written()
}

// Offset is where the record begins, in bytes from the start of the file.
func (r *Record) Offset() int64 { return r.offset }

// Chunk is the number of its chunk, from 0.
func (r *Record) Chunk() int { return r.d.index }

// Raw is the record's bytes in the file, header and copy of the size with it.
// They are not whole without the chunk: templates and names stand there.
func (r *Record) Raw() []byte { return r.raw }

// Recovered reports that the record was not reached by walking from record to
// record inside the bounds that the chunk's header states, but found by its
// signature behind a damage, in a block without a chunk's signature, or
// behind the last record that an outdated header knows of.
func (r *Record) Recovered() bool { return r.recovered }

// Err says why the event's content, or a part of it, could not be decoded;
// nil where it could. A record without any content still has the fields
// EventRecordID and TimeCreated_SystemTime, taken from its header.
func (r *Record) Err() error { return r.d.body.err }

// Shape is the record's list of fields. It is never nil.
func (r *Record) Shape() *Shape { return r.shape }

// Values gives the value of every field of the record's shape, in its order.
// It uses dst's memory where that is large enough. The texts stay valid until
// the next call of Next.
func (r *Record) Values(dst []Value) []Value {
	n := len(r.shape.layout.src)
	if cap(dst) < n {
		dst = make([]Value, n)
	}
	dst = dst[:n]
	d := r.d
	d.left = MaxRecordText
	src := r.shape.layout.src
	for i := range src {
		d.fill(&dst[i], r.shape, &src[i])
	}
	r.limited()
	return dst
}

// Select gives the values of some fields: dst[i] is that of the shape's field
// fields[i]. What is not asked for is not converted. Numbers outside the list
// panic, as in any slice.
func (r *Record) Select(dst []Value, fields []int) []Value {
	if cap(dst) < len(fields) {
		dst = make([]Value, len(fields))
	}
	dst = dst[:len(fields)]
	d := r.d
	d.left = MaxRecordText
	src := r.shape.layout.src
	for i, f := range fields {
		d.fill(&dst[i], r.shape, &src[f])
	}
	r.limited()
	return dst
}

// Field gives one field as UTF-8 by its name. It reports false where the
// shape has no such field or the record no value there.
func (r *Record) Field(name string) ([]byte, bool) {
	i := r.shape.Lookup(name)
	if i < 0 {
		return nil, false
	}
	var v Value
	r.d.left = MaxRecordText
	r.d.fill(&v, r.shape, &r.shape.layout.src[i])
	r.limited()
	return v.Text, v.Text != nil
}

// limited notes that a limit cut something off this record's content, once.
func (r *Record) limited() {
	if !r.told && (r.d.left < 0 || r.shape.layout.over) {
		r.told = true
		r.d.add(Damage{Kind: OverLimit, Offset: r.offset, Length: int64(len(r.raw)), Record: r.number, Cause: errTooLong})
	}
}
