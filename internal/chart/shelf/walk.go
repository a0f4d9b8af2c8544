package shelf

import (
	"context"
	"errors"

	"github.com/torideproject/toride/internal/chart/source"
)

// Walk yields every patient of every source that is open, source by source, for
// a list that needs no index. A source that goes away ends its own part only;
// the error then names it.
func (s *Shelf) Walk(ctx context.Context, yield func(sourceName string, e source.Entry) error) error {
	var away []error
	for _, src := range s.sources() {
		name := src.Info().Name
		var stopped error
		err := src.Walk(ctx, source.Walk{}, func(e source.Entry) error {
			stopped = yield(name, e)
			return stopped
		})
		switch {
		case err == nil:
		case stopped != nil || ctx.Err() != nil:
			return err
		default:
			away = append(away, err)
		}
	}
	return errors.Join(away...)
}
