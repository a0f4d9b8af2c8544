// Package silent tells of logs that stopped: a source that always sent and now
// does not, and entries that were lost on the way. Attackers switch logs off
// before they begin; a full disk does the same.
package silent

import (
	"embed"

	"github.com/torideproject/toride/internal/detect/watch"
)

//go:embed rules.json
var files embed.FS

// New makes the watch.
func New() (watch.Watch, error) {
	rules, err := watch.Load(files)
	return watch.Watch{Name: "silent", Rules: rules, Hear: hear}, err
}

func hear(sig watch.Signal, s watch.Scene) {
	rule := ""
	switch sig.Kind {
	case watch.SourceSilent:
		rule = "silent"
	case watch.SourceLost:
		rule = "lost"
	default:
		return
	}
	values := map[string]string{"value": sig.Name}
	for k, v := range sig.Values {
		values[k] = v
	}
	host := sig.Host
	if host == "" {
		host = sig.Name
	}
	s.Found(watch.Hit{Rule: rule, Host: host, Source: sig.Source, Values: values})
}
