package app

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/chart/apart"
	"github.com/torideproject/toride/internal/doctor"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/web"
)

// health describes this installation for the doctor.
func (a *App) health(ctx context.Context) (doctor.Box, error) {
	place := a.box.Place()
	key, err := filepath.Abs(place.Path)
	if err != nil {
		return doctor.Box{}, err
	}
	data, err := filepath.Abs(a.cfg.Data)
	if err != nil {
		return doctor.Box{}, err
	}
	b := doctor.Box{
		Data: data, Key: key, KeyCred: place.Credential, Recovery: a.box.Recovery() != "", OwnCert: a.cert.Own, CertEnds: a.cert.Until,
		Now: a.cfg.Clock(), Demo: a.cfg.Demo, Database: a.db.Check,
		Chain: func(ctx context.Context) error {
			_, err := a.Book.Verify(ctx, ledger.Checkpoint{})
			return err
		},
	}
	if a.Parts.Chart.Shelf != nil { // charts are read here: they must outlive what the box hangs on
		for _, f := range apart.Look(a.standing(ctx)) {
			more := doctor.Finding{ID: "apart." + f.ID, Mark: web.Level(f.Level), Say: f.Say()}
			if f.Bad() {
				more.Todo = f.Todo()
			}
			b.More = append(b.More, more)
		}
	}
	if b.LastEntry, err = a.lastTime(ctx, ""); err != nil {
		return b, err
	}
	b.LastBackup, err = a.lastTime(ctx, "app.backup")
	return b, err
}

// lastTime is the time of the newest ledger line whose action begins so.
func (a *App) lastTime(ctx context.Context, action string) (time.Time, error) {
	entries, _, err := a.Book.Entries(ctx, ledger.Filter{Action: action, Limit: 1})
	if err != nil || len(entries) == 0 {
		return time.Time{}, err
	}
	return entries[0].At, nil
}

// Finding is one finding of the doctor in words.
type Finding struct {
	ID    string `json:"id"`
	Level string `json:"level"`
	Say   string `json:"say"`
	Todo  string `json:"todo,omitempty"`
}

// examine runs the doctor and says its findings in the language of accept.
func (a *App) examine(ctx context.Context, accept string) ([]Finding, error) {
	box, err := a.health(ctx)
	if err != nil {
		return nil, err
	}
	lang := langOf(accept)
	var out []Finding
	for _, f := range doctor.Examine(ctx, box) {
		out = append(out, Finding{ID: f.ID, Level: string(f.Mark), Say: a.Catalog.Say(lang, f.Say), Todo: strings.TrimSpace(a.Catalog.Say(lang, f.Todo))})
	}
	return out, nil
}
