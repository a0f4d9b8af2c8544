// Package all lists the members of the family of sources, the ways to take
// entries in. A new source is one folder and one line here; nothing registers
// itself.
package all

import (
	"io/fs"

	"github.com/torideproject/toride/internal/event/source"
	"github.com/torideproject/toride/internal/event/source/bulk"
	"github.com/torideproject/toride/internal/event/source/evtxfile"
	"github.com/torideproject/toride/internal/event/source/syslog"
)

// Kinds gives the members in the order in which forms offer them.
func Kinds() []source.Kind {
	return []source.Kind{
		syslog.Kind(),
		bulk.Kind(),
		evtxfile.Kind(),
	}
}

// Texts gives the sentences of the family, for the catalogue.
func Texts() []fs.FS { return []fs.FS{source.Texts(), evtxfile.Texts()} }
