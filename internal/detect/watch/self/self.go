// Package self watches the computer that Toride itself runs on: who logs on to
// it, who becomes its administrator, and who is refused by Toride's own pages
// again and again.
package self

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
	return watch.Watch{Name: "self", Rules: rules, Wants: wants, Look: look, Hear: hear}, err
}

func wants(e *event.Event) bool {
	return logon.Wants(e) || e.Product == "linux" && e.Service == "auth"
}

func look(e *event.Event, s watch.Scene) {
	if !s.House.Own(e.Core.Host, e.Core.DestIP) {
		return
	}
	if e.Product == "linux" && (e.Core.Action == "sudo" || e.Core.Action == "su") {
		s.Found(watch.Hit{Rule: "root", Host: e.Core.Host, Account: logon.Account(e.Core.User)})
		return
	}
	l, ok := logon.Of(e)
	switch {
	case !ok || l.Kind == logon.Flow && !l.Came:
	case l.Came:
		s.Found(watch.Hit{Rule: "logon", Host: l.Host, Account: l.Account, Source: l.Source})
	default:
		s.Found(watch.Hit{Rule: "tries", Host: l.Host, Account: l.Account, Source: l.Source})
	}
}

func hear(sig watch.Signal, s watch.Scene) {
	if sig.Kind == watch.SelfRefused {
		s.Found(watch.Hit{Rule: "refused", Host: sig.Host, Account: logon.Account(sig.Name), Source: sig.Source, Values: sig.Values})
	}
}
