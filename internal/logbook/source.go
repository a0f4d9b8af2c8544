package logbook

import (
	"crypto/subtle"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/torideproject/toride/internal/event/source"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/identity/credential"
)

// Limits of a Spec.
const (
	MaxName     = 100 // characters of a name
	MinLine     = 1024
	DefaultLine = 256 << 10 // bytes of an entry; longer ones are cut
	MinExpect   = time.Minute
	MaxExpect   = 30 * 24 * time.Hour
)

// The values of Spec.Expect that are no durations.
const (
	Learn = time.Duration(learn) // from what was seen
	Never = time.Duration(never) // it may be quiet for as long as it likes
)

// Spec is what people say about a configured source.
type Spec struct {
	Name    string `json:"name"`
	Kind    string `json:"kind"` // source.Kind.Name; never changes
	Network string `json:"network,omitempty"`
	Address string `json:"address,omitempty"` // host:port; an empty host is every address of the box
	TLS     bool   `json:"tls,omitempty"`
	Folder  string `json:"folder,omitempty"` // absolute
	// Zone is the IANA name of the zone of times that name none; empty is the
	// hospital's.
	Zone    string        `json:"zone,omitempty"`
	Format  string        `json:"format,omitempty"`
	MaxLine int           `json:"max_line"` // bytes, MinLine to source.MaxRecord; 0 becomes DefaultLine
	Expect  time.Duration `json:"expect"`   // how long it may be quiet: Learn, Never, or MinExpect to MaxExpect
	// Senders says that each sender is expected by itself too: right for
	// servers and firewalls, wrong for computers that are switched off at night.
	Senders bool `json:"senders,omitempty"`
	// Relay says that one machine hands on what many wrote, so that the sender
	// is whom the entry names (HOSTNAME of syslog, devname, host.name) and not who
	// connected. It counts with Senders only.
	Relay   bool   `json:"relay,omitempty"`
	Asset   string `json:"asset,omitempty"` // ID in the register, or empty
	Enabled bool   `json:"enabled"`
}

// Source is a configured source.
type Source struct {
	ID string // becomes event.Record.Source; never changes
	Spec
	Token     bool      // its senders must show a token
	MadeAt    time.Time // UTC
	ChangedAt time.Time
	RemovedAt time.Time // zero while it is there
	token     string    // hash
}

// kind finds a member of the family by its name.
func (l *Logbook) kind(name string) (source.Kind, error) {
	for _, k := range l.cfg.Kinds {
		if k.Name == name {
			return k, nil
		}
	}
	return source.Kind{}, fault.New(fault.Invalid, "logbook.source.kind", name)
}

// clean fills in what was left open, drops what the kind does not use, and
// says what cannot be.
func (l *Logbook) clean(s *Spec) error {
	k, err := l.kind(s.Kind)
	if err != nil {
		return err
	}
	s.Name, s.Relay = strings.TrimSpace(s.Name), s.Relay && s.Senders
	if n := utf8.RuneCountInString(s.Name); n == 0 || n > MaxName {
		return fault.New(fault.Invalid, "logbook.source.name", MaxName)
	}
	if s.MaxLine == 0 {
		s.MaxLine = DefaultLine
	}
	if s.MaxLine < MinLine || s.MaxLine > source.MaxRecord {
		return fault.New(fault.Invalid, "logbook.source.max_line", MinLine, source.MaxRecord)
	}
	if s.Expect != Learn && s.Expect != Never && (s.Expect < MinExpect || s.Expect > MaxExpect) {
		return fault.New(fault.Invalid, "logbook.source.expect", int(MinExpect/time.Minute), int(MaxExpect/(24*time.Hour)))
	}
	if _, err := time.LoadLocation(s.Zone); err != nil || s.Zone == "Local" {
		return fault.New(fault.Invalid, "logbook.source.zone", s.Zone).With(err)
	}
	if s.Format != "" && l.formats[s.Format] == nil {
		return fault.New(fault.Invalid, "logbook.source.format", s.Format)
	}
	if len(k.Networks) == 0 {
		return s.cleanFolder()
	}
	return s.cleanAddress(k, l.cfg.TLS != nil)
}

func (s *Spec) cleanFolder() error {
	s.Network, s.Address, s.TLS = "", "", false
	if s.Folder = filepath.Clean(s.Folder); !filepath.IsAbs(s.Folder) {
		return fault.New(fault.Invalid, "logbook.source.folder")
	}
	return nil
}

func (s *Spec) cleanAddress(k source.Kind, certificate bool) error {
	s.Folder = ""
	if s.Network == "" {
		s.Network = k.Networks[0]
	}
	if !slices.Contains(k.Networks, s.Network) {
		return fault.New(fault.Invalid, "logbook.source.network", s.Network)
	}
	host, port, err := net.SplitHostPort(s.Address)
	if err != nil {
		return fault.New(fault.Invalid, "logbook.source.address", s.Address).With(err)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 || (host != "" && net.ParseIP(host) == nil && host != "localhost") {
		return fault.New(fault.Invalid, "logbook.source.address", s.Address)
	}
	switch {
	case s.TLS && (!k.TLS || s.Network != "tcp"):
		return fault.New(fault.Invalid, "logbook.source.no_tls", s.Network)
	case s.TLS && !certificate:
		return fault.New(fault.Invalid, "logbook.source.no_certificate")
	}
	return nil
}

// place is what two sources cannot have together, or empty.
func (s Spec) place() string {
	if _, port, _ := net.SplitHostPort(s.Address); port == "0" {
		return "" // the system chooses a free one
	}
	if s.Folder != "" {
		return s.Folder
	}
	return s.Network + " " + s.Address
}

// settings are the source's in the words of the family.
func (l *Logbook) settings(s Source) (source.Settings, error) {
	k, err := l.kind(s.Kind)
	if err != nil {
		return source.Settings{}, err
	}
	set := source.Settings{Network: s.Network, Address: s.Address, Folder: s.Folder, Zone: l.zoneOf(s.Spec), Format: s.Format, MaxLine: s.MaxLine, State: filepath.Join(l.cfg.Dir, "sources", s.ID)}
	if s.TLS {
		set.TLS = l.cfg.TLS
	}
	if k.Token {
		hash := []byte(s.token)
		set.Token = func(token string) bool {
			return len(hash) > 0 && subtle.ConstantTimeCompare([]byte(credential.HashToken(token)), hash) == 1
		}
	}
	return set, nil
}

func (l *Logbook) zoneOf(s Spec) *time.Location {
	if s.Zone == "" {
		return l.cfg.Zone
	}
	zone, err := time.LoadLocation(s.Zone)
	if err != nil { // it could be loaded when it was stored; the zones are embedded
		return l.cfg.Zone
	}
	return zone
}
