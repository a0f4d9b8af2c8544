package chart

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// Patient is an opened chart with what every page of it needs.
type Patient struct {
	Chart *model.Chart // shared with others: only read it
	Head  Head
	Print Printer
	Set   Settings
	Until model.Day // of the copy's as-of time; 0: not known
}

// patient wraps a page of an opened chart: it sends whoever has not confirmed
// the patient to the page where that is done, reads the chart, and has the view
// written down before anything is answered. page names the tab and the line.
func (d *Desk) patient(page string, do func(*web.Call, *Patient) error) func(*web.Call) error {
	return func(c *web.Call) error {
		id := c.Path("id")
		who, ok := d.confirmed.holds(holder(c), id, c.Now, d.window())
		if !ok {
			return toConfirm(c, id)
		}
		chart, err := d.read(c, id, nil)
		if err != nil {
			return err
		}
		if !samePerson(who, identityOf(chart)) { // another copy stands in the place of the first
			d.confirmed.end(holder(c), id)
			return toConfirm(c, id)
		}
		p := &Patient{Chart: chart, Print: newPrinter(c, id), Set: d.Settings()}
		if at, _ := d.shelf.Until(); !at.IsZero() {
			p.Until = model.DayOf(at.In(c.Zone()))
		}
		noted := d.note(c, "chart.view", id, map[string]any{"page": page})
		p.Head = d.head(c, p, page)
		p.Head.Unwritten, p.Head.Big = !noted, big(c)
		p.Head.Here = web.LocalPath(c.R.URL.RequestURI())
		return do(c, p)
	}
}

// toConfirm sends a reader to the confirmation and from there back to the page
// he wanted; an answer to a form is not asked for again.
func toConfirm(c *web.Call, id string) error {
	at := patientURL(id) + "/confirm"
	rest := strings.TrimPrefix(c.R.URL.EscapedPath(), patientURL(id))
	if c.R.Method == "GET" && rest != "" && rest != c.R.URL.EscapedPath() {
		at += "?next=" + url.QueryEscape(rest)
	}
	return c.Redirect(at, text.Msg{})
}

// read reads a chart. Nil only reads all of it.
func (d *Desk) read(c *web.Call, id string, only []model.Part) (*model.Chart, error) {
	chart, err := d.shelf.Read(c.Ctx(), id, source.Want{Today: today(c), Only: only})
	switch {
	case err == nil:
	case c.Ctx().Err() != nil:
		return nil, err
	default:
		if _, ours := errors.AsType[*fault.Error](err); ours {
			return nil, err
		}
		return nil, fault.New(fault.Busy, "chart.away").With(err)
	}
	away := len(chart.Stores) == 0
	for _, s := range chart.Stores {
		if away = away || s.Failed; !s.Absent && !s.Failed {
			return chart, nil
		}
	}
	if away { // nobody can say that the patient is not there
		return nil, fault.New(fault.Busy, "chart.away")
	}
	return nil, fault.New(fault.NotFound, "chart.absent")
}

// note has a line written; it reports whether that was done.
func (d *Desk) note(c *web.Call, action, id string, detail any) bool {
	// A reader who closes the page does not undo that he was shown it.
	ctx, stop := context.WithTimeout(context.WithoutCancel(c.Ctx()), noteTime)
	defer stop()
	subject := "chart/search"
	if id != "" {
		subject = "chart/p/" + id
	}
	if err := d.witness.Note(ctx, ledger.ActorOf(c), action, subject, detail); err != nil {
		d.log.Error("a view of a chart was not recorded", "action", action, "err", err)
		return false
	}
	return true
}

// noteTime is how long a page waits for its line.
const noteTime = 3 * time.Second

// window is how long a confirmation holds without a view.
func (d *Desk) window() time.Duration {
	return time.Duration(d.Settings().ConfirmMinutes) * time.Minute
}

// holder names the session that confirmations belong to.
func holder(c *web.Call) string { return c.Person.ID + "\x00" + c.Person.Session }

// Confirmed reports whether this session has confirmed that patient, and the
// record is still his. The pages of print ask for it where a number was typed.
func (d *Desk) Confirmed(c *web.Call, id string) bool {
	who, ok := d.confirmed.holds(holder(c), id, c.Now, d.window())
	if !ok {
		return false
	}
	chart, err := d.read(c, id, nil)
	return err != nil || samePerson(who, identityOf(chart)) // a sheet says itself that nothing could be read
}

func identityOf(chart *model.Chart) model.Identity {
	p := &chart.Person
	return model.Identity{Kanji: p.Kanji.Show, Kana: p.Kana.Show, Birth: string(p.Birth.Stamp), Sex: p.Sex.Code}
}

// samePerson reports whether a record still speaks of who was confirmed. Numbers
// are a hospital's own: on a medium of another one the same number is somebody
// else's. What does not say any more who he is does not count as him.
func samePerson(was, is model.Identity) bool {
	lost := was.Birth != "" && is.Birth == "" || was.Kanji+was.Kana != "" && is.Kanji+is.Kana == ""
	return !lost && len(model.Differences(was, is)) == 0
}

// confirmations are who has confirmed whom. They live in memory: after a
// restart everybody confirms again.
type confirmations struct {
	mu sync.Mutex
	at map[confirmation]confirmedAt
}

// confirmedAt is who was confirmed, and when he was viewed last.
type confirmedAt struct {
	who  model.Identity
	view time.Time
}

type confirmation struct{ holder, id string }

func newConfirmations() *confirmations { return &confirmations{at: map[confirmation]confirmedAt{}} }

// maxConfirmations bounds the memory of sessions that nobody signs out of.
const maxConfirmations = 20_000

// set confirms a patient.
func (s *confirmations) set(key confirmation, who model.Identity, now time.Time, window time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.at) >= maxConfirmations {
		for old, at := range s.at {
			if now.Sub(at.view) > window {
				delete(s.at, old)
			}
		}
		if len(s.at) >= maxConfirmations {
			clear(s.at) // all confirm once more
		}
	}
	s.at[key] = confirmedAt{who, now}
}

// end takes a confirmation back.
func (s *confirmations) end(holder, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.at, confirmation{holder, id})
}

// holds reports whether a patient was confirmed and seen within the window, and
// as whom, and begins the window anew.
func (s *confirmations) holds(holder, id string, now time.Time, window time.Duration) (model.Identity, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := confirmation{holder, id}
	at, ok := s.at[key]
	if !ok || now.Sub(at.view) > window || now.Before(at.view.Add(-window)) {
		delete(s.at, key)
		return model.Identity{}, false
	}
	s.at[key] = confirmedAt{at.who, now}
	return at.who, true
}
