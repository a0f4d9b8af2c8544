package segment

import (
	"bytes"
	"context"

	"github.com/torideproject/toride/internal/event"
)

// Position gives the position of a row.
func (g *Group) Position(row int) (at event.Position, err error) {
	i := g.blockOf(row)
	in := row - g.meta.blocks[i].first
	for c := ColEpoch; c <= ColIndex; c++ {
		v, err := g.Numbers(c, i)
		if err != nil {
			return at, err
		}
		switch c {
		case ColEpoch:
			at.Epoch = uint32(v[in])
		case ColSeq:
			at.Seq = uint64(v[in])
		case ColIndex:
			at.Index = uint32(v[in])
		}
	}
	return at, nil
}

// find gives the event at a position, or nil.
func (g *Group) find(ctx context.Context, pos event.Position) (*event.Event, error) {
	for i, b := range g.meta.blocks {
		if pos.Compare(b.positionMin) < 0 || pos.Compare(b.positionM) > 0 {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		seqs, err := g.Numbers(ColSeq, i)
		if err != nil {
			return nil, err
		}
		for j, seq := range seqs {
			if uint64(seq) != pos.Seq {
				continue
			}
			at, err := g.Position(b.first + j)
			if err != nil {
				return nil, err
			}
			if at == pos {
				e, err := g.Take([]int{b.first + j})
				if err != nil {
					return nil, err
				}
				return e[0], nil
			}
		}
	}
	return nil, nil
}

func (g *Group) originals(ctx context.Context, yield func(Original) error) error {
	for row := 0; row < g.meta.rows; {
		i, first, end := g.Slice(row)
		if err := ctx.Err(); err != nil {
			return err
		}
		s, err := g.Strings(ColOriginal, i)
		if err != nil {
			return err
		}
		for ; row < end; row++ {
			at, err := g.Position(row)
			if err != nil {
				return err
			}
			if err := yield(Original{At: at, Original: s.At(row - first)}); err != nil {
				return err
			}
		}
	}
	return nil
}

// findKey looks for source, peer and key.
func (g *Group) findKey(ctx context.Context, want []string) (event.Position, bool, error) {
	key := stringBytes(want[2])
	if ok, err := g.mayHold(hashValue(ColKey, key)); !ok || err != nil {
		return event.Position{}, false, err
	}
	for i := range len(g.meta.slices) - 1 {
		if err := ctx.Err(); err != nil {
			return event.Position{}, false, err
		}
		s, err := g.Strings(ColKey, i)
		if err != nil {
			return event.Position{}, false, err
		}
		if !bytes.Contains(s.Bytes, key) {
			continue
		}
		for j := range s.Len() {
			if !bytes.Equal(s.At(j), key) {
				continue
			}
			row := int(g.meta.slices[i]) + j
			if err := g.load(row); err != nil {
				return event.Position{}, false, err
			}
			if *g.row.str(ColSource) == want[0] && *g.row.str(ColPeer) == want[1] {
				return g.row.position(), true, nil
			}
		}
	}
	return event.Position{}, false, nil
}
