package right

import (
	"embed"
	"io/fs"

	"github.com/torideproject/toride/internal/web"
)

//go:embed text_*.json
var texts embed.FS

// Texts are what the rights allow, in words: "right.<right>".
func Texts() fs.FS { return texts }

// The rights.
const (
	Read         web.Perm = "chart.read"    // search, open, documents
	Print        web.Perm = "chart.print"   // paper
	Entry        web.Perm = "chart.entry"   // what was written on paper, until it stands in the records system
	Setup        web.Perm = "chart.setup"   // intended use, switches, places
	Seen         web.Perm = "chart.seen"    // who opened which chart
	CopyRead     web.Perm = "copy.read"     // how the copies stand
	CopyRun      web.Perm = "copy.run"      // jobs, media, keys, runs
	CopyCheck    web.Perm = "copy.check"    // check generations
	CopyOverride web.Perm = "copy.override" // sign for a suspect generation
	Staff        web.Perm = "staff.admin"   // accounts of a station
)

// All lists them.
func All() []web.Perm {
	return []web.Perm{Read, Print, Entry, Setup, Seen, CopyRead, CopyRun, CopyCheck, CopyOverride, Staff}
}
