package station

import (
	"errors"
	"strconv"

	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/chart/shelf"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// module is the station's own share of the site.
func (s *Station) module() web.Module {
	return web.Module{
		Name: "station", Files: files,
		Pages: []web.Page{{Name: "unlock", Data: unlockPage{}}, {Name: "check", Data: checkPage{}}},
		Routes: []web.Route{
			{Pattern: "GET /{$}", Perm: web.SignedIn, Do: home},
			{Pattern: "GET /unlock", Perm: web.SignedIn, Do: s.unlockShow},
			{Pattern: "POST /unlock", Perm: web.SignedIn, Do: s.unlockPost, Long: "unlock"},
			{Pattern: "GET /check", Perm: right.CopyRead, Do: s.checkShow},
			{Pattern: "POST /check", Perm: right.CopyCheck, Do: s.checkPost},
			{Pattern: "POST /check/override", Perm: right.CopyOverride, Do: s.overridePost},
		},
		Nav: []web.Nav{{Key: "station.check.nav", URL: "/check", Perm: right.CopyRead, Order: 89, Group: "web.group.settings"},
			{Key: "station.unlock.nav", URL: "/unlock", Perm: web.SignedIn, Order: 89, Group: "web.group.settings"}},
	}
}

// home leads people to what they came for.
func home(c *web.Call) error {
	switch {
	case c.Person.Can(right.Read):
		return c.Redirect("/chart", text.Msg{})
	case c.Person.Can(right.Staff):
		return c.Redirect("/todo", text.Msg{})
	}
	return c.Redirect("/me", text.Msg{})
}

// unlockPage asks for parts or a code.
type unlockPage struct {
	Form   web.Form
	Roots  []rootRow
	Wanted []string // IDs of keys, as they stand on the paper
	Open   bool     // nothing is sealed
	Parts  int
	More   int // how many parts the page with one more has; 0: no more
}

type rootRow struct {
	Label string
	Mark  web.Mark
	Why   text.Msg
}

// maxParts is how many parts the page takes.
const maxParts = 6

func unlockForm(parts int) web.Form {
	f := web.Form{Action: "/unlock?parts=" + strconv.Itoa(parts), Submit: text.M("station.unlock.submit"), Cancel: "/"}
	for i := range parts {
		n := strconv.Itoa(i + 1)
		holder := web.Field{Name: "holder" + n, Label: text.M("station.unlock.holder", i+1), Kind: web.TextField, Max: 60, Auto: "off"}
		part := web.Field{Name: "part" + n, Label: text.M("station.unlock.part", i+1), Kind: web.AreaField, Max: 400, Wide: true}
		f.Fields = append(f.Fields, holder, part)
	}
	return web.Form{Action: f.Action, Submit: f.Submit, Cancel: f.Cancel, Fields: append(f.Fields,
		web.Field{Name: "code", Label: text.M("station.unlock.code"), Help: text.M("station.unlock.code.help"), Kind: web.TextField, Max: 200, Wide: true, Auto: "off"})}
}

func partsOf(c *web.Call) int {
	n, err := strconv.Atoi(c.Query("parts"))
	if err != nil || n < 2 || n > maxParts {
		return 2
	}
	return n
}

func (s *Station) showUnlock(c *web.Call, f web.Form) error {
	p := unlockPage{Form: f, Wanted: s.keys.wanted(), Open: true, Parts: partsOf(c)}
	if p.Parts < maxParts {
		p.More = p.Parts + 1
	}
	for _, r := range s.stacks.State() {
		row := rootRow{Label: r.Label, Mark: web.Mark{Level: web.Danger, Say: text.M("station.root." + r.State)}}
		if r.Fault != nil {
			row.Why = fault.Of(r.Fault).Msg
		}
		switch r.State {
		case shelf.StateOpen:
			row.Mark.Level = web.Done
		case shelf.StateSealed:
			p.Open = false
		}
		p.Roots = append(p.Roots, row)
	}
	status := 200
	if len(f.Errors()) > 0 {
		status = 422
	}
	return c.RenderStatus(status, "station.unlock", p)
}

func (s *Station) unlockShow(c *web.Call) error { return s.showUnlock(c, unlockForm(partsOf(c))) }

func (s *Station) unlockPost(c *web.Call) error {
	parts := partsOf(c)
	f := unlockForm(parts)
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	if !ok {
		return s.showUnlock(c, f)
	}
	t := Typed{Code: f.Text("code")}
	for i := range parts {
		n := strconv.Itoa(i + 1)
		t.Parts = append(t.Parts, TypedPart{Holder: f.Text("holder" + n), Letters: f.Text("part" + n)})
	}
	id, err := s.Unlock(c.Ctx(), ledger.ActorOf(c), t)
	if err == nil {
		return c.Redirect("/unlock", text.M("station.unlock.done", id))
	}
	if flt := fault.Of(err); flt.Kind == fault.Internal {
		return err
	}
	at := "code"
	if w, is := errors.AsType[Wrong](err); is && w.Field == "part" {
		at = "part" + strconv.Itoa(w.Place+1)
	}
	f.Fail(at, fault.Of(err).Msg.Key, fault.Of(err).Msg.Args...)
	return s.showUnlock(c, f)
}
