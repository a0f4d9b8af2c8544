// Package vendoraccount watches the accounts that people wrote down as a
// vendor's: one of them logs on while no window of that vendor is approved,
// from wherever it comes.
package vendoraccount

import (
	"embed"

	"github.com/torideproject/toride/internal/detect/logon"
	"github.com/torideproject/toride/internal/detect/watch"
	"github.com/torideproject/toride/internal/event"
)

//go:embed rules.json
var files embed.FS

// New makes the watch.
func New() (watch.Watch, error) {
	rules, err := watch.Load(files)
	return watch.Watch{Name: "vendoraccount", Rules: rules, Wants: logon.Wants, Look: look}, err
}

func look(e *event.Event, s watch.Scene) {
	l, ok := logon.Of(e)
	if !ok || !l.Came || l.Account == "" {
		return
	}
	vendor, ok := s.House.Account(l.Account)
	if !ok {
		return
	}
	if _, open := s.House.VendorWindow(vendor.ID, l.Began); open {
		return
	}
	line, _ := s.House.Line(l.Source, e.Core.DestIP, l.Host)
	s.Found(watch.Hit{Rule: "no-window", Host: l.Host, Account: l.Account, Source: l.Source, Line: line, Vendor: vendor})
}
