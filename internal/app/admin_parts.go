package app

import (
	"fmt"
	"net/http"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// handler registers one command.
type handler = func(pattern string, do func(w http.ResponseWriter, r *http.Request, actor ledger.Actor) error)

func langOf(accept string) text.Lang { return text.ParseLang(accept) }

// adminParts are the commands that belong to one domain.
func (a *App) adminParts(handle handler) {
	handle("GET /doctor", func(w http.ResponseWriter, r *http.Request, _ ledger.Actor) error {
		findings, err := a.examine(r.Context(), r.Header.Get("Accept-Language"))
		if err != nil {
			return err
		}
		return reply(w, findings)
	})
	a.adminLog(handle)
	handle("POST /import", a.adminImport)
	handle("POST /kev", func(w http.ResponseWriter, r *http.Request, actor ledger.Actor) error {
		feed, err := a.Parts.Exposure.ImportKEV(r.Context(), actor, web.CleanName(r.URL.Query().Get("name")), http.MaxBytesReader(w, r.Body, maxFeed))
		if err != nil {
			return err
		}
		return reply(w, feed)
	})
}

// maxFeed bounds a catalogue that a command sends, in bytes.
const maxFeed = 64 << 20

// Imported is the answer to `toride import`: the report, and its sentences in
// the language of the asker.
type Imported struct {
	asset.Report
	Says []string `json:"says,omitempty"` // notes and refused rows
}

func (a *App) adminImport(w http.ResponseWriter, r *http.Request, actor ledger.Actor) error {
	q := r.URL.Query()
	report, err := a.Parts.Asset.ImportFile(r.Context(), actor, web.CleanName(q.Get("name")), http.MaxBytesReader(w, r.Body, asset.MaxImportFile),
		asset.ImportOptions{DryRun: q.Get("dry") == "1", Table: q.Get("table")})
	if err != nil {
		return err
	}
	lang := langOf(r.Header.Get("Accept-Language"))
	out := Imported{Report: report}
	for _, n := range report.Notes {
		out.Says = append(out.Says, a.Catalog.Say(lang, n))
	}
	for _, row := range report.Rows {
		if !row.Reason.Zero() {
			out.Says = append(out.Says, fmt.Sprintf("%s %d: %s", row.Sheet, row.Row, a.Catalog.Say(lang, row.Reason)))
		}
	}
	return reply(w, out)
}
