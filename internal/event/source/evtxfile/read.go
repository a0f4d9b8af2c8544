package evtxfile

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"time"

	"github.com/torideproject/toride/evtx"
	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/format"
	"github.com/torideproject/toride/internal/event/format/windows"
	"github.com/torideproject/toride/internal/event/source"
	"github.com/torideproject/toride/internal/fault"
)

// Limits of reading.
const (
	batchRecords = 500
	batchBytes   = 512 << 10
	maxDamage    = 100 // damages that a Report lists; the rest is counted
	retryFirst   = 100 * time.Millisecond
	retryMost    = 5 * time.Second
)

// Report says what became of one file.
type Report struct {
	Name    string    `json:"name"`
	SHA256  string    `json:"sha256"` // of the whole file, hexadecimal
	Bytes   int64     `json:"bytes"`
	Records int       `json:"records"` // handed over now
	Known   int       `json:"known"`   // chunks that had been read before
	Skipped int       `json:"skipped"` // records of other chunks that had been read before
	Damage  []Damage  `json:"damage,omitempty"`
	More    int       `json:"more,omitempty"`      // damages that are not listed
	NotALog bool      `json:"not_a_log,omitempty"` // it is no event log at all
	At      time.Time `json:"at"`
}

// Damage is a part of a file that could not be read as it should be.
type Damage struct {
	Kind   string `json:"kind"` // as evtx.DamageKind names it
	Offset int64  `json:"offset"`
	Length int64  `json:"length,omitempty"`
	Record uint64 `json:"record,omitempty"`
	Last   uint64 `json:"last,omitempty"`
}

// reading is one file under way.
type reading struct {
	ctx    context.Context
	cfg    source.Config
	set    source.Settings
	sink   source.Sink
	mem    *memory
	report Report
	wait   bool // for the sink, rather than giving up
	hash   hash.Hash

	decoder *evtx.Decoder
	values  []evtx.Value
	arena   []byte
	records []event.Record
	marks   []done // of chunks whose records are all in the batch
	damage  []evtx.Damage
}

// run reads a file to its end. The report holds what was read also when there
// is an error: the sink's, the reader's, or ctx's.
func (r *reading) run(in io.Reader) error {
	r.hash = sha256.New()
	r.report.At = r.cfg.Clock().UTC()
	counted := &counter{in: io.TeeReader(in, r.hash)}
	chunks := evtx.NewChunks(counted)
	r.decoder = evtx.NewDecoder(evtx.Options{NoLower: true})
	var chunk evtx.Chunk
	for chunks.Next(&chunk) {
		r.note(chunks.AppendDamage(r.damage[:0]))
		if err := r.chunk(&chunk); err != nil {
			return err
		}
		if err := r.ctx.Err(); err != nil {
			return err
		}
	}
	r.note(chunks.AppendDamage(r.damage[:0]))
	if n := len(r.marks); n > 0 {
		r.marks[n-1].last = true
	}
	if err := r.flush(); err != nil {
		return err
	}
	err := chunks.Err()
	if errors.Is(err, evtx.ErrNotEventLog) {
		r.report.NotALog = true
		_, err = io.Copy(io.Discard, counted) // for its checksum
	}
	r.report.Bytes, r.report.SHA256 = counted.n, hex.EncodeToString(r.hash.Sum(nil))
	return err
}

type counter struct {
	in io.Reader
	n  int64
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.in.Read(b)
	c.n += int64(n)
	return n, err
}

// chunk reads one chunk, unless it was read before as it is.
func (r *reading) chunk(c *evtx.Chunk) error {
	d := done{whole: sumOf(c.Data)}
	if _, known := r.mem.chunks[d.whole]; known {
		r.report.Known++
		return nil
	}
	d.first = sumOf(firstRecord(c.Data))
	var seen map[uint64]struct{}
	if prints := r.mem.open[d.first]; len(prints) > 0 {
		seen = make(map[uint64]struct{}, len(prints))
		for _, p := range prints {
			seen[p] = struct{}{}
		}
	}
	r.decoder.Chunk(c)
	for r.decoder.Next() {
		rec := r.decoder.Record()
		p := printOf(rec.Raw())
		if len(d.prints) < maxPrints {
			d.prints = append(d.prints, p)
		}
		if _, known := seen[p]; known {
			r.report.Skipped++
			continue
		}
		if err := r.record(rec); err != nil {
			return err
		}
	}
	r.note(r.decoder.AppendDamage(r.damage[:0]))
	r.marks = append(r.marks, d)
	return nil
}

// Where a chunk's first record begins, and its size (MS-EVEN6 has no layout of
// files; see package evtx for the source).
const (
	firstAt  = 512
	firstMin = 28
)

// firstRecord gives the bytes of a chunk's first record: they stay the same
// while the chunk grows. Of a damaged chunk it is all.
func firstRecord(b []byte) []byte {
	if len(b) < firstAt+firstMin || string(b[firstAt:firstAt+4]) != "**\x00\x00" {
		return b
	}
	size := int(binary.LittleEndian.Uint32(b[firstAt+4:]))
	if size < firstMin || size > len(b)-firstAt {
		return b
	}
	return b[firstAt : firstAt+size]
}

// record puts a record into the batch. One whose content could not be read is
// handed over too: that there was one, and when, is known.
func (r *reading) record(rec *evtx.Record) error {
	n := len(r.arena)
	r.arena = rec.AppendJSON(r.arena)
	data := r.arena[n:len(r.arena):len(r.arena)]
	if len(data) > r.set.MaxLine {
		data = data[:r.set.MaxLine]
		r.cfg.Stats.Cut.Add(1)
	}
	r.records = append(r.records, event.Record{Source: r.cfg.ID, Format: r.set.Format, Peer: r.report.Name, Received: r.cfg.Clock().UTC(), Key: r.key(rec), Backfill: true, Data: data})
	if len(r.records) >= batchRecords || len(r.arena) >= batchBytes {
		return r.flush()
	}
	return nil
}

// key gives the natural key, as the format of Windows events makes it of the JSON.
func (r *reading) key(rec *evtx.Record) string {
	fields := rec.Shape().Fields()
	r.values = rec.Values(r.values)
	var id windows.Identity
	for i := range fields {
		v := r.values[i].Text
		switch {
		case v == nil:
		case fields[i].Section == evtx.EventData, fields[i].Section == evtx.UserData:
			id.Add(string(v))
		case fields[i].Section != evtx.System:
		case fields[i].Name == "Computer":
			id.Computer = string(v)
		case fields[i].Name == "Channel":
			id.Channel = string(v)
		case fields[i].Name == "EventRecordID":
			id.Record = string(v)
		case fields[i].Name == "EventID":
			id.EventID = string(v)
		case fields[i].Name == "TimeCreated_SystemTime":
			if c, n, ok := format.ParseClock(string(v)); ok && n == len(v) {
				id.Time, _ = c.In(time.UTC)
			}
		}
	}
	return id.Key()
}

// flush hands the batch over and remembers the chunks that it completes.
func (r *reading) flush() error {
	if len(r.records) > 0 {
		if err := r.give(r.records); err != nil {
			return err
		}
		clear(r.records)
		r.records, r.arena = r.records[:0], r.arena[:0]
	}
	err := r.mem.remember(r.marks)
	r.marks = r.marks[:0]
	return err
}

// give offers the batch; while the sink is full it waits, if it may. The end of
// ctx does not break off what is under way.
func (r *reading) give(records []event.Record) error {
	for wait := retryFirst; ; wait = min(2*wait, retryMost) {
		err := r.sink.Take(context.WithoutCancel(r.ctx), records)
		if err == nil {
			r.count(records)
			return nil
		}
		if kind := fault.KindOf(err); kind == fault.Invalid || kind == fault.TooLarge { // one of them is wrong
			return r.single(records, err)
		}
		if !r.wait {
			r.cfg.Stats.Refused.Add(uint64(len(records)))
			return err
		}
		if wait == retryFirst {
			r.cfg.Log.Warn("the sink refuses; reading waits", "source", r.cfg.ID, "file", r.report.Name, "error", err)
		}
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-r.ctx.Done():
			t.Stop()
			return r.ctx.Err()
		}
	}
}

// single offers records one by one and loses the one that the sink never takes.
func (r *reading) single(records []event.Record, err error) error {
	if len(records) == 1 {
		r.cfg.Stats.Lost.Add(1)
		r.cfg.Log.Warn("the sink takes no such record", "source", r.cfg.ID, "file", r.report.Name, "error", err)
		return nil
	}
	for i := range records {
		if err := r.give(records[i : i+1]); err != nil {
			return err
		}
	}
	return nil
}

func (r *reading) count(records []event.Record) {
	for i := range records {
		r.cfg.Stats.Bytes.Add(uint64(len(records[i].Data)))
	}
	r.cfg.Stats.Records.Add(uint64(len(records)))
	r.report.Records += len(records)
}

// note puts damages into the report.
func (r *reading) note(list []evtx.Damage) {
	for _, d := range list {
		if len(r.report.Damage) >= maxDamage {
			r.report.More++
			continue
		}
		r.report.Damage = append(r.report.Damage, Damage{Kind: d.Kind.String(), Offset: d.Offset, Length: d.Length, Record: d.Record, Last: d.Last})
	}
	r.damage = list[:0]
}
