package shelf

import (
	"io/fs"
	"log/slog"
	"time"

	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/chart/vault"
	"github.com/torideproject/toride/internal/discreet"
)

// Made is a store that stands on no disk.
type Made struct {
	FS   fs.FS
	AsOf time.Time // zero: not known
}

// Config says what is opened and how. Only Roots is needed.
type Config struct {
	Roots []string // paths, in the order in which their sources speak
	// Made are stores that stand on no disk, by the path among Roots that names
	// them: a demonstration's.
	Made map[string]Made
	// Choose picks the generation of a vault that may be opened. "" or an error
	// holds the vault back: its Root is suspect, with that error. Nil: Newest
	// with Trust.
	Choose func(root string, all []vault.Generation) (id string, err error)
	// Key gives the key for a vault whose keys have these IDs, the one that is
	// needed first. Nil, no key or an error: the Root is sealed.
	Key func(keyIDs []string) (*vault.Key, error)
	// Trust are fingerprints of machines whose generations are read; empty: all.
	Trust []string
	// Anyway reads a chosen generation in spite of its signature; the two
	// persons who decide it stand behind Choose.
	Anyway bool

	// Store keeps the index; nil: memory only. Index is the rest of its
	// settings; Sources and Changed are filled in here.
	Store index.Store
	Index index.Config

	Clock func() time.Time // nil: time.Now
	Log   *slog.Logger     // nil: none
	Zone  *time.Location   // of the hospital; nil: Local
	// CacheBytes is what read charts may take in memory, estimated; 0: an eighth
	// of the machine's, 64 MiB to 2 GiB; < 0: nothing is kept. Keep is how long a chart is believed without being
	// read again, if the index says nothing earlier; 0: 5 minutes.
	CacheBytes int64
	Keep       time.Duration
	// Watch is how often Run looks whether media came, went or have a newer
	// generation; 0: 5 seconds.
	Watch time.Duration
	// After waits; nil: time.After. Tests pass their own.
	After func(time.Duration) <-chan time.Time

	// open opens a path; tests put media here that can be pulled.
	open opener
	// These are answerTime, probeTime and walkWait; tests have less patience.
	answer, probe, walkWait time.Duration
}

const (
	defaultKeep  = 5 * time.Minute
	defaultWatch = 5 * time.Second
)

func (c Config) filled() Config {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.After == nil {
		c.After = time.After
	}
	c.Log = discreet.Logger(c.Log)
	if c.Zone == nil {
		c.Zone = time.Local
	}
	if c.CacheBytes == 0 {
		c.CacheBytes = shareOf(memory())
	}
	if c.Keep == 0 {
		c.Keep = defaultKeep
	}
	if c.Watch == 0 {
		c.Watch = defaultWatch
	}
	if c.open == nil {
		c.open = openPath
	}
	if c.answer == 0 {
		c.answer = answerTime
	}
	if c.probe == 0 {
		c.probe = probeTime
	}
	if c.walkWait == 0 {
		c.walkWait = walkWait
	}
	return c
}

// The states of a Root.
const (
	StateOpen    = "open"
	StateGone    = "gone"    // it was or should be there and is not
	StateSealed  = "sealed"  // no key was given
	StateSuspect = "suspect" // no generation may be opened without a decision
	StateFailed  = "failed"  // it is there and cannot be read: see Fault
)

// Root is what is known of a root now.
type Root struct {
	Label   string // the path
	State   string // one of the states above
	Since   time.Time
	AsOf    time.Time // of the copy, as its manifest says; zero: not written
	Sources []source.Info
	// Generation that is open, of a vault.
	Generation string
	// Fault says why it is not open, or what is wrong with it although it is (an
	// archive that is cut off); nil: nothing known.
	Fault error
	// Notices of what was found when it was opened are those of its sources.
	Notices []model.Notice
}
