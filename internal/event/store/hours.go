package store

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"maps"
	"slices"

	"github.com/klauspost/compress/zstd"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/segment"
)

// hours counts events by the hour of receipt (UTC), source, peer and dataset:
// what a retention proof, a forecast and the page of sources are made of.
type hours map[hourKey]*hourCount

type hourKey struct {
	hour                  int32 // since 1970
	source, peer, dataset string
}

type hourCount struct {
	rows        int64
	bytes       int64 // of the originals
	first, last int64 // received, microseconds since 1970
}

// Others stands for peers beyond the limit of a segment: a sender that forges
// addresses cannot fill the catalogue.
const Others = "*"

const (
	maxSealPeers  = 4096   // keys of one sealed segment
	maxMergePeers = 65_536 // keys of a merged one
	hourMicros    = 3600_000_000
)

func hourOf(micros int64) int32 {
	h := micros / hourMicros
	if micros%hourMicros < 0 {
		h--
	}
	return int32(h)
}

func (h hours) add(k hourKey, c hourCount, limit int) {
	have, ok := h[k]
	if !ok && len(h) >= limit && k.peer != Others {
		k.peer = Others
		have, ok = h[k]
	}
	if !ok {
		h[k] = &c
		return
	}
	have.rows += c.rows
	have.bytes += c.bytes
	have.first, have.last = min(have.first, c.first), max(have.last, c.last)
}

func (h hours) event(e *event.Event) {
	at := e.Received.UnixMicro()
	h.one(hourKey{hourOf(at), e.Source, e.Peer, e.Dataset}, at, len(e.Original))
}

// one counts an event that was received at that time.
func (h hours) one(k hourKey, at int64, bytes int) {
	if c, ok := h[k]; ok {
		c.rows++
		c.bytes += int64(bytes)
		c.first, c.last = min(c.first, at), max(c.last, at)
		return
	}
	h.add(k, hourCount{1, int64(bytes), at, at}, maxSealPeers)
}

func (h hours) addAll(other hours, limit int) {
	for k, c := range other {
		h.add(k, *c, limit)
	}
}

func compareHours(a, b hourKey) int {
	return cmp.Or(cmp.Compare(a.source, b.source), cmp.Compare(a.dataset, b.dataset), cmp.Compare(a.peer, b.peer), cmp.Compare(a.hour, b.hour))
}

// The form in the catalogue: zstd of version, words, and for each key the words'
// numbers and the differences to the key before.
const hoursVersion = 1

var errHours = errors.New("store: the counts of the catalogue cannot be read")

func (h hours) encode() []byte {
	words, numbers := []string{}, map[string]uint64{}
	word := func(s string) uint64 {
		n, ok := numbers[s]
		if !ok {
			n = uint64(len(words))
			numbers[s] = n
			words = append(words, s)
		}
		return n
	}
	var body []byte
	hour := int32(0)
	for _, k := range slices.SortedFunc(maps.Keys(h), compareHours) {
		c := h[k]
		body = binary.AppendUvarint(body, word(k.source))
		body = binary.AppendUvarint(body, word(k.dataset))
		body = binary.AppendUvarint(body, word(k.peer))
		body = binary.AppendVarint(body, int64(k.hour-hour))
		hour = k.hour
		body = binary.AppendUvarint(body, uint64(c.rows))
		body = binary.AppendUvarint(body, uint64(c.bytes))
		body = binary.AppendVarint(body, c.first-int64(k.hour)*hourMicros)
		body = binary.AppendVarint(body, c.last-c.first)
	}
	out := binary.AppendUvarint([]byte{hoursVersion}, uint64(len(words)))
	for _, w := range words {
		out = append(binary.AppendUvarint(out, uint64(len(w))), w...)
	}
	z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedDefault))
	if err != nil {
		return nil // the options are constant
	}
	return z.EncodeAll(append(out, body...), nil)
}

func decodeHours(packed []byte) (hours, error) {
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(64<<20))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	b, err := z.DecodeAll(packed, nil)
	if err != nil {
		return nil, errors.Join(errHours, err)
	}
	d := hourDecoder{b: b}
	if len(b) == 0 || d.byte() != hoursVersion {
		return nil, errHours
	}
	words := make([]string, 0, 64)
	for n := d.uvarint(); n > 0 && !d.bad; n-- {
		words = append(words, d.text())
	}
	out := hours{}
	hour := int64(0)
	for len(d.b) > 0 && !d.bad {
		source, dataset, peer := d.uvarint(), d.uvarint(), d.uvarint()
		hour += d.varint()
		c := &hourCount{rows: int64(d.uvarint()), bytes: int64(d.uvarint())}
		c.first = hour*hourMicros + d.varint()
		c.last = c.first + d.varint()
		if d.bad || max(source, dataset, peer) >= uint64(len(words)) {
			return nil, errHours
		}
		out[hourKey{int32(hour), words[source], words[peer], words[dataset]}] = c
	}
	if d.bad {
		return nil, errHours
	}
	return out, nil
}

type hourDecoder struct {
	b   []byte
	bad bool
}

func (d *hourDecoder) byte() byte {
	v := d.b[0]
	d.b = d.b[1:]
	return v
}

func (d *hourDecoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *hourDecoder) varint() int64 {
	v, n := binary.Varint(d.b)
	if n <= 0 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *hourDecoder) text() string {
	n := d.uvarint()
	if n > uint64(len(d.b)) {
		d.bad, d.b = true, nil
		return ""
	}
	s := string(d.b[:n])
	d.b = d.b[n:]
	return s
}

// countHours counts the events of a segment again, from four columns; the bytes
// need the originals as well.
func countHours(ctx context.Context, r *segment.Reader) (hours, error) {
	out := hours{}
	for i := range r.Groups() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		g := r.Group(i)
		err := countGroup(g, out)
		g.Close()
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func countGroup(g *segment.Group, out hours) error {
	var names [3][]string
	for i, c := range [...]segment.Column{segment.ColSource, segment.ColPeer, segment.ColDataset} {
		d, err := g.Dict(c)
		if err != nil {
			return err
		}
		names[i] = d
	}
	// Counted by numbers first: a group has few combinations.
	type key struct {
		hour                  int32
		source, peer, dataset int32
	}
	counts := map[key]*hourCount{}
	row, first, end := 0, 0, 0
	var originals *segment.Strings
	for b := range g.Blocks() {
		received, err := g.Numbers(segment.ColReceived, b)
		if err != nil {
			return err
		}
		var idx [3][]int32
		for i, c := range [...]segment.Column{segment.ColSource, segment.ColPeer, segment.ColDataset} {
			if idx[i], err = g.Indexes(c, b); err != nil {
				return err
			}
		}
		for j, at := range received {
			k := key{hourOf(at), idx[0][j], idx[1][j], idx[2][j]}
			if row >= end {
				var slice int
				slice, first, end = g.Slice(row)
				if originals, err = g.Strings(segment.ColOriginal, slice); err != nil {
					return err
				}
			}
			size := int64(len(originals.At(row - first)))
			row++
			if c, ok := counts[k]; ok {
				c.rows, c.bytes = c.rows+1, c.bytes+size
				c.first, c.last = min(c.first, at), max(c.last, at)
				continue
			}
			counts[k] = &hourCount{1, size, at, at}
		}
	}
	for k, c := range counts {
		out.add(hourKey{k.hour, names[0][k.source], names[1][k.peer], names[2][k.dataset]}, *c, maxMergePeers)
	}
	return nil
}
