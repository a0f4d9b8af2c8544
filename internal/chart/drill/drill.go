package drill

import (
	"context"
	"embed"
	"io"
	"time"

	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/paper"
	"github.com/torideproject/toride/internal/chart/rollout"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/ssmix2/view"
)

//go:embed text_ja.json text_en.json
var files embed.FS

// Texts are the package's sentences.
func Texts() embed.FS { return files }

// Shelf reads charts; *shelf.Shelf is one.
type Shelf interface {
	Find(ctx context.Context, id string) ([]source.Found, error)
	Read(ctx context.Context, id string, want source.Want) (*model.Chart, error)
	AsOf() time.Time
}

// Index finds patients; *index.Index is one.
type Index interface {
	Search(q index.Query) index.Result
	Wards() []index.Ward
	Ward(code string) []index.Hit
}

// Config is what is rehearsed.
type Config struct {
	Shelf    Shelf
	Index    Index
	Catalog  *text.Catalog // with the texts of paper
	Clock    func() time.Time
	Zone     *time.Location
	Lang     text.Lang
	Hospital string
}

// run is one rehearsal.
type run struct {
	Config
	out []rollout.Measured
}

// Do does the steps one after the other. A step that cannot be done says why;
// the others are tried all the same.
func Do(ctx context.Context, c Config) []rollout.Measured {
	r := &run{Config: c}
	wards := c.Index.Wards()
	if len(wards) == 0 {
		for _, step := range rollout.MeasuredSteps() {
			r.out = append(r.out, rollout.Measured{Step: step, Note: text.M("drill.nobody")})
		}
		return r.out
	}
	people := c.Index.Ward(wards[0].Code)
	if len(people) == 0 {
		people = []index.Hit{{}}
	}
	r.first(ctx, people[0])
	r.search(people[0])
	r.ward(wards[0])
	r.paper(ctx, wards[0])
	return r.out
}

// took records a step that began at from.
func (r *run) took(step string, from time.Time, ok bool, note text.Msg) {
	r.out = append(r.out, rollout.Measured{Step: step, Took: r.Clock().Sub(from), OK: ok, Note: note})
}

func (r *run) first(ctx context.Context, who index.Hit) {
	from := r.Clock()
	found, err := r.Shelf.Find(ctx, who.ID)
	if err != nil || len(found) == 0 {
		r.took("first", from, false, text.M("drill.first.none"))
		return
	}
	day, _ := view.ParseDay(from.In(r.Zone).Format("20060102"))
	c, err := r.Shelf.Read(ctx, found[0].ID, source.Want{Today: day})
	if err != nil {
		r.took("first", from, false, text.M("drill.first.failed"))
		return
	}
	r.took("first", from, true, text.M("drill.first.ok", len(c.Items)))
}

func (r *run) search(who index.Hit) {
	from := r.Clock()
	if who.Brief.Kana == "" {
		r.took("search", from, false, text.M("drill.search.nokana"))
		return
	}
	got := r.Index.Search(index.Query{Text: who.Brief.Kana})
	for _, h := range got.Hits {
		if h.ID == who.ID {
			r.took("search", from, true, text.M("drill.search.ok", len(got.Hits)+got.More))
			return
		}
	}
	r.took("search", from, false, text.M("drill.search.missed"))
}

func (r *run) ward(w index.Ward) {
	from := r.Clock()
	n := len(r.Index.Ward(w.Code))
	r.took("ward", from, n > 0, text.M("drill.ward", n))
}

func (r *run) paper(ctx context.Context, w index.Ward) {
	from := r.Clock()
	result, err := paper.Write(ctx, io.Discard, paper.Job{Data: paper.Data{Reader: r.Shelf, Census: r.Index, AsOf: r.Shelf.AsOf}, Catalog: r.Catalog, Lang: r.Lang,
		Zone: r.Zone, Hospital: r.Hospital, Now: from, Form: "drugs", Wards: []string{w.Code}}, nil)
	if err != nil {
		r.took("paper", from, false, text.M("drill.paper.failed"))
		return
	}
	r.took("paper", from, result.Unread == 0, text.M("drill.paper", result.Patients, result.Pages, result.Unread))
}
