package paper

import (
	"context"
	"time"

	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
)

// Reader reads one patient from all sources. It may be used by several
// goroutines.
type Reader interface {
	Read(ctx context.Context, id string, want source.Want) (*model.Chart, error)
}

// Census knows who lies where, as far as the index has got. It may be used by
// several goroutines.
type Census interface {
	Wards() []index.Ward
	Ward(code string) []index.Hit
}

// Witness records that something was printed, before it is sent. Its error
// keeps the sheet from being sent; a witness that lets care go on when its book
// cannot be written gives none. No patients: a blank form.
type Witness interface {
	Printed(ctx context.Context, actor ledger.Actor, form string, patients []string) error
}

// Data is where sheets take what they print from.
type Data struct {
	Reader Reader
	Census Census
	// AsOf is until when the copy is true; zero: not known.
	AsOf func() time.Time
	// Newest tells that AsOf is when the newest item was sent, for a copy that
	// says nothing itself; nil: never.
	Newest func() bool
	// Warn are what must stand on every sheet that is made from the copy: that it
	// is suspect and two people opened it; nil: nothing.
	Warn func() []text.Msg
	// Find tells a patient's index entry; nil or false: not known. It is asked
	// for the place and for namesakes.
	Find func(ctx context.Context, id string) (index.Hit, bool)
	// Complete tells whether the census knows every patient of the copy. Until it
	// does, lists of wards say that somebody may be missing, and sheets made ahead
	// wait for it, but not for long. Nil: always.
	Complete func() bool
	// Kind names a kind of items of a source; nil or false: its code is printed.
	Kind func(source, code string) (source.Kind, bool)
}

// complete reports whether nobody is missing from the census.
func (d *Data) complete() bool { return d.Complete == nil || d.Complete() }
