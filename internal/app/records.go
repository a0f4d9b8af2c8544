package app

import (
	"context"
	"crypto/tls"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/detect"
	"github.com/torideproject/toride/internal/detect/pack"
	"github.com/torideproject/toride/internal/event"
	formats "github.com/torideproject/toride/internal/event/format/all"
	"github.com/torideproject/toride/internal/event/source"
	sources "github.com/torideproject/toride/internal/event/source/all"
	"github.com/torideproject/toride/internal/event/source/evtxfile"
	"github.com/torideproject/toride/internal/event/store"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/logbook"
	"github.com/torideproject/toride/internal/logbook/signer"
)

// makeRecords opens the store of events, the rules that look at them, and the
// book that receives them.
func (a *App) makeRecords(ctx context.Context) error {
	p, now := &a.Parts, a.cfg.Clock
	keys, err := signer.Open(ctx, a.Book, a.box)
	if err != nil {
		return err
	}
	a.public = keys.Public
	keeping, err := logbook.OpenKeeping(ctx, a.Book)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(a.cfg.path("events"), 0o700); err != nil {
		return fault.New(fault.Invalid, "app.data.unusable", a.cfg.path("events"), err.Error()).With(err)
	}
	if p.Store, err = store.Open(ctx, store.Config{Folder: a.cfg.path("events"), Catalogue: a.cfg.path("events.db"), Facility: a.Book.Facility(),
		Signer: keys.Signer, Known: keys.Known, Clock: now, Log: a.log, Note: a.noteRecords,
		Settings: func() store.Settings { return keeping.Settings(a.zone) }}); err != nil {
		return err
	}
	own, err := os.Hostname()
	if err != nil {
		own = "toride"
	}
	if p.Detect, err = detect.New(ctx, detect.Config{Book: a.Book, Clock: now, Zone: a.zone, Log: a.log, Register: p.Asset, Access: p.Access, BuiltIn: pack.FS(),
		Self: []string{own}, Incidents: p.Incident, History: history{p.Store}, Raiser: detect.Waker{Calls: p.Notify}, Packs: a.cfg.path("packs"), Tell: a.live.Tell, Keep: func() int { return keeping.Now().Days }}); err != nil {
		return err
	}
	data, err := filepath.Abs(a.cfg.Data)
	if err != nil {
		return err
	}
	certificate := &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &a.cert.TLS, nil }}
	if p.Log, err = logbook.New(ctx, logbook.Config{Dir: data, Book: a.Book, Clock: now, Log: a.log, Zone: a.zone, Kinds: sources.Kinds(),
		Formats: func(zone func(string) *time.Location) []event.Format { return formats.All(zone) },
		Takers:  []logbook.Taker{a.keeper(), a.looker()}, TLS: certificate, Signal: p.Detect.Signal}); err != nil {
		return err
	}
	uploads, err := a.uploads()
	if err != nil {
		return err
	}
	p.LogDesk = logbook.NewDesk(logbook.DeskConfig{Logbook: p.Log, Store: p.Store, Keeping: keeping, Book: a.Book, Clock: now, Zone: a.zone, Log: a.log, Cited: p.Detect.Cited, Uploads: uploads, Public: keys.Public, Tell: a.live.Tell})
	return nil
}

// uploads makes the source that takes event logs from the browser. It watches
// no folder; what it remembers keeps a file from coming in twice.
func (a *App) uploads() (*evtxfile.Source, error) {
	folder, err := filepath.Abs(filepath.Join(a.cfg.Data, "sources", logbook.UploadSource))
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fault.New(fault.Invalid, "app.data.unusable", folder, err.Error()).With(err)
	}
	made, err := evtxfile.Kind().New(source.Config{ID: logbook.UploadSource, Clock: a.cfg.Clock, Log: a.log, Stats: &source.Stats{}},
		source.Settings{Folder: folder, State: folder, Zone: a.zone, MaxLine: source.MaxRecord})
	if err != nil {
		return nil, err
	}
	up, ok := made.(*evtxfile.Source)
	if !ok {
		return nil, errors.New("app: evtxfile makes something else")
	}
	return up, nil
}

// keeper is the store as a taker of the pipeline.
func (a *App) keeper() logbook.Taker {
	s := a.Parts.Store
	return logbook.Taker{Name: "store", Take: s.TakeNew, Done: func() event.Position {
		epoch, seq := s.Done()
		return event.Position{Epoch: epoch, Seq: seq}
	}}
}

// looker is detect as a taker of the pipeline.
func (a *App) looker() logbook.Taker {
	d := a.Parts.Detect
	return logbook.Taker{Name: "detect", Done: d.Done, Take: func(ctx context.Context, epoch uint32, seq uint64, events []event.Event) ([]event.Event, error) {
		return events, d.Take(ctx, epoch, seq, events)
	}}
}

// noteRecords puts what the store deletes, holds and releases into the ledger.
func (a *App) noteRecords(ctx context.Context, n store.Note) error {
	actor := ledger.Actor{ID: "toride", Name: "toride", Via: "toride"}
	if n.By != "" {
		actor.Name = n.By
	}
	return a.Book.Note(ctx, actor, "log."+string(n.Kind), "log/"+n.Day+n.ID, map[string]any{"day": n.Day, "files": n.Files, "rows": n.Rows, "bytes": n.Bytes, "until": n.Until})
}

// alive says whether records are taken in: what heartbeats and other monitoring
// ask.
func (a *App) alive(ctx context.Context) error {
	s, err := a.Parts.Log.State(ctx)
	if err != nil {
		return err
	}
	for _, t := range s.Takers {
		if t.Err != nil {
			return t.Err
		}
	}
	if !a.running.Load() {
		return fault.New(fault.Busy, "app.starting")
	}
	return nil
}

// takenOn lets who acknowledges a call take its story on too. The story may
// have been taken on, or be over, already: then there is nothing to do.
func (a *App) takenOn(ctx context.Context, actor ledger.Actor, key, why string) error {
	id, ok := strings.CutPrefix(key, "story/")
	if !ok {
		return nil
	}
	err := a.Parts.Detect.Acknowledge(ctx, actor, id, why)
	if k := fault.KindOf(err); err != nil && (k == fault.Conflict || k == fault.NotFound) {
		return nil
	}
	return err
}

// runRecords runs store, rules and intake until ctx ends, and stops them in the
// order in which nothing acknowledged is lost: intake first.
func (a *App) runRecords(ctx context.Context) error {
	p := &a.Parts
	inner, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	ended := make(chan error, 2)
	go func() { p.Detect.Run(inner); ended <- nil }()
	go func() { ended <- p.Store.Run(inner) }()
	err := p.Log.Run(ctx)
	stop()
	return errors.Join(err, <-ended, <-ended)
}
