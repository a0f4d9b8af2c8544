// Package firstchart watches who comes to the servers that hold charts and
// orders. For each of them it learns, in silence, which computers usually log
// on; afterwards a computer that never did before is a finding.
package firstchart

import (
	"embed"

	"github.com/torideproject/toride/internal/detect/logon"
	"github.com/torideproject/toride/internal/detect/watch"
	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/sigma"
)

//go:embed rules.json
var files embed.FS

// New makes the watch.
func New() (watch.Watch, error) {
	rules, err := watch.Load(files)
	return watch.Watch{Name: "firstchart", Rules: rules, Wants: logon.Wants, Look: look}, err
}

func look(e *event.Event, s watch.Scene) {
	l, ok := logon.Of(e)
	if !ok || !l.Came || !l.Source.IsValid() || l.Source.IsLoopback() || l.Kind == logon.VPN || l.Kind == logon.Admin {
		return
	}
	place, ok := s.House.Place(l.Host, e.Core.DestIP)
	if !ok || !place.Chart() || place.Kind != "server" {
		return
	}
	way := "network"
	if l.Interactive() {
		way = "screen" // who reads a share is not yet one who works on the server
	}
	from := l.Source.String()
	if p, known := s.House.Place("", l.Source); known {
		if p.Ref == place.Ref {
			return // itself
		}
		from = p.Ref // its address may change
	}
	met := s.Memory.Meet("firstchart/"+way+"/"+place.Ref, from, e.Time)
	if !met.New || met.Learning || met.Full {
		return
	}
	hit := watch.Hit{Rule: "network", Host: l.Host, Account: l.Account, Source: l.Source, Values: map[string]string{"system": place.System}}
	if l.Interactive() {
		hit.Rule, hit.Level = "screen", sigma.Critical
	}
	s.Found(hit)
}
