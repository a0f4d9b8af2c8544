package ledger

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

//go:embed page_*.html text_*.json
var files embed.FS

// Module is the ledger's share of the site.
func (b *Book) Module() web.Module {
	return web.Module{
		Name: "ledger", Files: files,
		Pages: []web.Page{{Name: "list", Data: ListPage{}}, {Name: "verify", Data: VerifyPage{}}},
		Routes: []web.Route{
			{Pattern: "GET /ledger", Perm: "ledger.read", Do: b.listPage},
			{Pattern: "GET /ledger/verify", Perm: "ledger.read", Do: b.verifyPage},
			{Pattern: "POST /ledger/export", Perm: "ledger.export", Do: b.exportFile},
		},
		Nav: []web.Nav{{Key: "ledger.nav", URL: "/ledger", Perm: "ledger.read", Order: 90, Group: "web.group.settings"}},
	}
}

// ListPage is the list of entries, newest first.
type ListPage struct {
	Filter    Filter
	Rows      []Row
	Pager     web.Pager
	Head      Checkpoint
	CanExport bool
}

// Row is one entry; What says the act in the reader's words.
type Row struct {
	Entry
	What   text.Msg
	Detail string
}

func (b *Book) listPage(c *web.Call) error {
	f := Filter{Action: c.Query("action"), Subject: c.Query("subject"), Words: c.Query("q"), Limit: web.PerPage, Offset: (c.PageNumber() - 1) * web.PerPage}
	entries, total, err := b.Entries(c.Ctx(), f)
	if err != nil {
		return broken(err)
	}
	head, err := b.Head(c.Ctx())
	if err != nil {
		return err
	}
	p := ListPage{Filter: f, Pager: c.NewPager(total), Head: head, CanExport: c.Person.Can("ledger.export")}
	for _, e := range entries {
		p.Rows = append(p.Rows, Row{Entry: e, What: c.Known(text.M("ledger.act." + e.Action)), Detail: plain(e.Detail)})
	}
	return c.Render("ledger.list", p)
}

// plain shows an entry's detail without the signs of JSON.
func plain(detail json.RawMessage) string {
	if string(detail) == "{}" || string(detail) == "null" {
		return ""
	}
	return strings.NewReplacer(`{"`, "", `"}`, "", `":`, ": ", `,"`, ", ", `"`, "", "{", "", "}", "").Replace(string(detail))
}

// broken turns a line that cannot be read into a fault.
func broken(err error) error {
	if be, ok := errors.AsType[*BrokenError](err); ok {
		return fault.New(fault.Conflict, "ledger.broken", be.Seq, text.M("ledger.reason."+string(be.Reason))).With(err)
	}
	return err
}

// VerifyPage shows the outcome of a verification.
type VerifyPage struct {
	Mark    web.Mark
	Report  Report
	Against Checkpoint
	Broken  *BrokenError
	Reason  text.Msg
}

func (b *Book) verifyPage(c *web.Call) error {
	against, err := ParseCheckpoint(c.Query("checkpoint"))
	if err != nil {
		return err
	}
	r, err := b.Verify(c.Ctx(), against)
	p := VerifyPage{Report: r, Against: against, Mark: web.Mark{Level: web.Done, Say: text.M("ledger.verify.holds")}}
	if be, ok := errors.AsType[*BrokenError](err); ok {
		p.Broken, p.Reason = be, text.M("ledger.reason."+string(be.Reason))
		p.Mark = web.Mark{Level: web.Danger, Say: text.M("ledger.verify.broken")}
	} else if err != nil {
		return err
	}
	return c.Render("ledger.verify", p)
}

func (b *Book) exportFile(c *web.Call) error {
	if err := b.Note(c.Ctx(), ActorOf(c), "ledger.export", "ledger", nil); err != nil {
		return err
	}
	var out bytes.Buffer
	if err := b.Export(c.Ctx(), &out); err != nil {
		return broken(err)
	}
	return c.Download("toride-ledger-"+c.Now.In(c.Zone()).Format("20060102")+".jsonl", "application/jsonl", out.Bytes())
}

// proof is the outcome of the last whole verification.
type proof struct {
	at      time.Time
	reading reading.Reading
}

// proofAge is for how long a proof is shown again. Reading the whole chain
// costs about 5 µs per line, too much for each page; the reading says when it
// was made.
const proofAge = 15 * time.Minute

// Readings says whether the chain held when it was last read as a whole.
func (b *Book) Readings(ctx context.Context) ([]reading.Reading, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.clock()
	if age := now.Sub(b.proof.at); b.proof.at.IsZero() || age < 0 || age > proofAge {
		out, err := b.prove(ctx, now)
		if err != nil {
			return nil, err
		}
		b.proof = proof{at: now, reading: out}
	}
	return []reading.Reading{b.proof.reading}, nil
}

func (b *Book) prove(ctx context.Context, now time.Time) (reading.Reading, error) {
	r, err := b.Verify(ctx, Checkpoint{})
	out := reading.Reading{ID: "ledger.chain", State: reading.Good, Basis: reading.Read, At: now, URL: "/ledger/verify",
		Say: text.M("ledger.chain.good", r.Lines)}
	if be, ok := errors.AsType[*BrokenError](err); ok {
		out.State, out.Count, out.Say = reading.Bad, 1, text.M("ledger.chain.bad", be.Seq)
	} else if err != nil {
		return reading.Reading{}, err
	}
	return out, nil
}
