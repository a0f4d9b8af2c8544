// Package all lists the members of the family of watches. A new watch is one
// folder and one line here; nothing registers itself.
package all

import (
	"github.com/torideproject/toride/internal/detect/watch"
	"github.com/torideproject/toride/internal/detect/watch/firstchart"
	"github.com/torideproject/toride/internal/detect/watch/outside"
	"github.com/torideproject/toride/internal/detect/watch/self"
	"github.com/torideproject/toride/internal/detect/watch/silent"
	"github.com/torideproject/toride/internal/detect/watch/vendoraccount"
)

// All makes the watches, in the order in which pages show them. An error is a
// mistake in a member's rules.json.
func All() ([]watch.Watch, error) {
	var out []watch.Watch
	for _, make := range []func() (watch.Watch, error){outside.New, firstchart.New, vendoraccount.New, silent.New, self.New} {
		w, err := make()
		if err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	return out, nil
}
