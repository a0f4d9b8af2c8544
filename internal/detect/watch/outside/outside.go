// Package outside watches the outside lines: somebody logs on through one of
// them while no window is approved on it. A second rule tells of failed tries,
// a third of an address that most likely came through a line, but stands
// nowhere in the register.
package outside

import (
	"embed"

	"github.com/torideproject/toride/internal/detect/logon"
	"github.com/torideproject/toride/internal/detect/watch"
	"github.com/torideproject/toride/internal/event"
)

//go:embed rules.json
var files embed.FS

// The rules.
const (
	came   = "no-window"
	likely = "no-window-likely"
	tried  = "tries"
)

// New makes the watch.
func New() (watch.Watch, error) {
	rules, err := watch.Load(files)
	return watch.Watch{Name: "outside", Rules: rules, Wants: logon.Wants, Look: look}, err
}

func look(e *event.Event, s watch.Scene) {
	l, ok := logon.Of(e)
	if !ok || !l.Source.IsValid() || !(l.Interactive() || l.Kind == logon.VPN || l.Kind == logon.Network) {
		return
	}
	line, ok := s.House.Line(l.Source, e.Core.DestIP, l.Host)
	if !ok {
		return
	}
	if _, open := s.House.Window(line.ID, l.Began); open {
		return
	}
	hit := watch.Hit{Host: l.Host, Account: l.Account, Source: l.Source, Line: line, Vendor: line.Vendor}
	switch {
	case !l.Came:
		hit.Rule = tried
	case l.Kind == logon.Network && !line.Sure:
		return // shares are reached from many networks; a guess is not enough
	case line.Sure:
		hit.Rule = came
	default:
		hit.Rule = likely
	}
	s.Found(hit)
}
