package source

import (
	"crypto/tls"
	"time"
)

// MaxRecord is how many bytes an entry may have. The journal refuses longer
// ones, so a source keeps the first Settings.MaxLine bytes and counts the entry in Stats.Cut.
const MaxRecord = 1 << 20

// Kind is a member of the family: a way to take entries in. source/all lists
// them; a configured source names one.
type Kind struct {
	// Name is what a configured source says ("syslog", "bulk"); it never changes.
	Name string
	// Networks are those it can listen on ("udp", "tcp"), the usual one first.
	// None means that it does not listen and watches Settings.Folder.
	Networks []string
	// Port is what people expect it to listen on, 0 when it does not listen.
	Port uint16
	// TLS says that it can speak TLS (on tcp); Token, that its senders must
	// show a token. Both decide which questions the form asks.
	TLS, Token bool
	// Late says that its senders keep entries while the line is down and send
	// them later, with their old times. Where they do not, a time that is more
	// than a day off is a wrong clock.
	Late bool
	// New checks the settings and makes a source that does not run yet. What
	// the settings lack or contradict is a fault.Invalid.
	New func(Config, Settings) (Source, error)
}

// Settings are what people decide about a configured source. The supervisor
// fills all that the Kind declares to use; the rest is zero.
type Settings struct {
	Network string // one of Kind.Networks
	Address string // host:port to listen on; port 0 takes a free one (tests)
	// TLS is nil for plain connections. It takes its certificate by
	// GetCertificate, so that a renewed one is used without a restart.
	TLS *tls.Config
	// Token says in constant time whether a sender's token is the right one.
	// It is nil for kinds without Token.
	Token func(token string) bool
	// Folder is the absolute path of the watched folder.
	Folder string
	// State is the absolute path of a folder of this source's own, for what it
	// remembers across restarts. Sources that remember nothing leave it alone.
	State string
	// Zone is where times are that name no zone. Never nil.
	Zone *time.Location
	// Format is the name of the format that reads the entries, where the person
	// chose one; empty leaves the choice to the source.
	Format string
	// MaxLine is the greatest length of an entry in bytes, 1 to MaxRecord.
	MaxLine int
}
