package app

import (
	"context"
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/access"
	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/audit/check"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// notes says what the other domains know of one object of the register: its
// known exploited holes, its newest configuration file, its requests.
func (a *App) notes(ctx context.Context, object string) ([]asset.Note, error) {
	var out []asset.Note
	for _, more := range []func(context.Context, string) ([]asset.Note, error){a.holes, a.configuration, a.requests} {
		notes, err := more(ctx, object)
		if err != nil {
			return nil, err
		}
		out = append(out, notes...)
	}
	return slices.DeleteFunc(out, func(n asset.Note) bool { return !web.MayOpen(ctx, n.URL) }), nil
}

func (a *App) holes(ctx context.Context, object string) ([]asset.Note, error) {
	cases, err := a.Parts.Exposure.Cases(ctx)
	if err != nil {
		return nil, err
	}
	first, n := "", 0
	for _, c := range cases {
		if c.Target != object || !c.Open() || !c.Matched {
			continue
		}
		if n == 0 || c.CVE == "CVE-2018-13379" { // the hole of Handa and Osaka is the one to name
			first = c.ID
		}
		n++
	}
	if n == 0 {
		return nil, nil
	}
	return []asset.Note{{Mark: web.Mark{Level: web.Danger, Say: text.M("app.note.holes.mark")}, Say: text.M("app.note.holes", n), URL: "/exposure/cases/" + first}}, nil
}

func (a *App) configuration(ctx context.Context, object string) ([]asset.Note, error) {
	files, err := a.Parts.Audit.Newest(ctx)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if f.Target != object {
			continue
		}
		mark := web.Mark{Level: web.Done, Say: text.M("app.note.file.mark")}
		bad := f.Count(check.Fail)
		if bad > 0 {
			mark = web.Mark{Level: web.Danger, Say: text.M("app.note.file.bad")}
		}
		return []asset.Note{{Mark: mark, Say: text.M("app.note.file", f.Name, f.ReadAt, bad), URL: "/audit/files/" + f.ID}}, nil
	}
	return nil, nil
}

func (a *App) requests(ctx context.Context, object string) ([]asset.Note, error) {
	id, ok := strings.CutPrefix(object, "line/")
	if !ok {
		return nil, nil
	}
	found, total, err := a.Parts.Access.Find(ctx, access.Find{Line: id, Limit: 1})
	if err != nil || total == 0 {
		return nil, err
	}
	return []asset.Note{{Mark: web.Mark{Level: web.Info, Say: text.M("app.note.requests.mark")}, Say: text.M("app.note.requests", total, found[0].Number), URL: "/access/requests?line=" + id}}, nil
}
