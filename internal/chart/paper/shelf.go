package paper

import (
	"context"
	"time"

	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/shelf"
	"github.com/torideproject/toride/internal/chart/source"
)

// OfShelf prints from an open shelf.
func OfShelf(s *shelf.Shelf) Data {
	return Data{
		Reader: s, Census: s.Index(),
		AsOf:   func() time.Time { at, _ := s.Until(); return at },
		Newest: func() bool { _, by := s.Until(); return by == shelf.ByNewest },
		Find: func(_ context.Context, id string) (index.Hit, bool) {
			for _, root := range s.State() {
				for _, info := range root.Sources {
					if h, ok := s.Index().Patient(info.Name, id); ok {
						return h, true
					}
				}
			}
			return index.Hit{}, false
		},
		Complete: func() bool { return !s.Index().Progress().Whole.IsZero() },
		Kind:     func(name, code string) (source.Kind, bool) { k := s.Kind(name, code); return k, k.Japanese != "" },
	}
}
