package copy

import (
	"path"
	"time"

	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/ssmix2"
)

// AsOfBy is where the as-of time of what was checked comes from.
type AsOfBy string

// Where it comes from. A plain folder has no manifest: the newest message in it
// was sent then; without messages, its newest file was changed then, which
// copying may have moved; without either it is not known.
const (
	ByManifest AsOfBy = "manifest"
	ByGiven    AsOfBy = "given"
	ByMessage  AsOfBy = "message"
	ByFile     AsOfBy = "file"
	ByNothing  AsOfBy = "unknown"
)

// Age is the as-of time in words, with where it comes from: without that, from
// the manifest, or, if it could not be read, from nowhere.
func (g Checked) Age() text.Msg {
	by := g.AsOfBy
	switch {
	case g.AsOf.IsZero():
		by = ByNothing
	case by == "":
		by = ByManifest
	}
	return text.M("copy.as_of."+string(by), g.AsOf)
}

// newest finds the newest time that names and dates of files give. What lies in
// the future says nothing of the age.
type newest struct {
	zone *time.Location
	now  time.Time
	sent string // YYYYMMDDHHMMSS
	file int64  // nanoseconds since 1970
}

const toSecond = "20060102150405"

func (n *newest) take(s seen) {
	name, _, ok := ssmix2.ParseName(path.Base(s.path))
	if !ok { // a file of a document: its folder has the name
		name, _, ok = ssmix2.ParseName(path.Base(path.Dir(s.path)))
	}
	switch {
	case ok && len(name.Sent) >= len(toSecond):
		if at := name.Sent[:len(toSecond)]; at > n.sent && at <= n.now.In(n.zone).Format(toSecond) {
			if _, err := time.ParseInLocation(toSecond, at, n.zone); err == nil { // hours 24 and more are in use
				n.sent = at
			}
		}
	case !ok && s.time > n.file && s.time <= n.now.UnixNano():
		n.file = s.time
	}
}

// asOf gives the time, and where it comes from.
func (n *newest) asOf(given time.Time) (time.Time, AsOfBy) {
	sent, err := time.ParseInLocation(toSecond, n.sent, n.zone)
	switch {
	case !given.IsZero():
		return given, ByGiven
	case err == nil:
		return sent, ByMessage
	case n.file > 0:
		return time.Unix(0, n.file).In(n.zone), ByFile
	}
	return time.Time{}, ByNothing
}
