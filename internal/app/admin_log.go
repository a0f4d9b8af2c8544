package app

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/query"
	"github.com/torideproject/toride/internal/event/store"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/logbook"
)

// LogVerified is the answer to `toride log verify`: the report, and what was
// found in the asker's language.
type LogVerified struct {
	*store.Report
	Broken bool     `json:"broken"`
	Says   []string `json:"says,omitempty"`
	Keys   []string `json:"keys"`
}

// adminLog are the commands about records.
func (a *App) adminLog(handle handler) {
	handle("POST /log/verify", func(w http.ResponseWriter, r *http.Request, actor ledger.Actor) error {
		if err := a.Book.Note(r.Context(), actor, "log.verify", "log", nil); err != nil {
			return err
		}
		inLedger, err := a.Parts.Log.Checkpoints(r.Context())
		if err != nil {
			return err
		}
		report, err := a.Parts.Store.Verify(r.Context(), append(inLedger, r.URL.Query()["checkpoint"]...), nil)
		if err != nil {
			return err
		}
		out := LogVerified{Report: report, Broken: report.Broken(), Keys: a.public}
		lang := langOf(r.Header.Get("Accept-Language"))
		for _, f := range report.Findings {
			out.Says = append(out.Says, a.Catalog.Say(lang, f.Say()))
		}
		return reply(w, out)
	})
	handle("GET /log/search", a.adminSearch)
}

// adminSearch writes one JSON object for each event, the newest first. Who may
// use the socket may read the files, so no line is left for a search.
func (a *App) adminSearch(w http.ResponseWriter, r *http.Request, _ ledger.Actor) error {
	q := r.URL.Query()
	expr, err := query.Parse(q.Get("q"), a.zone)
	if err != nil {
		return err
	}
	req := query.Request{Query: expr}
	for name, to := range map[string]*time.Time{"from": &req.From, "to": &req.To} {
		if s := q.Get(name); s != "" {
			if *to, err = time.Parse(time.RFC3339, s); err != nil {
				return fault.New(fault.Invalid, "logbook.search.time", s).With(err)
			}
		}
	}
	limit, err := strconv.Atoi(q.Get("limit"))
	if err != nil || limit < 1 {
		limit = 100
	}
	view, done := a.Parts.Store.View()
	defer done()
	w.Header().Set("Content-Type", "application/x-ndjson")
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	n := 0
	_, err = query.Each(r.Context(), &view, req, func(e *event.Event) error {
		if n++; n > limit {
			return errEnough
		}
		return enc.Encode(logbook.Exported(e))
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// errEnough ends a search that has given what was asked for.
var errEnough = errors.New("app: enough")
