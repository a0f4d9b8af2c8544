package exposure

import (
	"cmp"
	"context"
	"embed"
	"log/slog"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/exposure/kev"
	"github.com/torideproject/toride/internal/exposure/pack"
	"github.com/torideproject/toride/internal/ledger"
)

//go:embed migrate/*.sql page_*.html text_*.json
var files embed.FS

// Register is what exposure asks of the register; *asset.Register is one.
type Register interface {
	Lines(ctx context.Context) ([]asset.Line, error)
	Assets(ctx context.Context, f asset.Filter) ([]asset.Asset, int, error)
	Vendor(ctx context.Context, id string) (asset.Vendor, error)
}

// Config is what Exposure is made of.
type Config struct {
	Book     *ledger.Book
	Clock    func() time.Time
	Log      *slog.Logger
	Register Register
}

// Exposure keeps the catalogue and the cases.
type Exposure struct {
	book     *ledger.Book
	clock    func() time.Time
	log      *slog.Logger
	register Register
	pack     *pack.Pack

	mu     sync.Mutex // guards what follows
	feed   Feed       // of ix
	ix     *index
	view   *view  // computed last
	viewAt string // ledger head and feed of view
	syncMu sync.Mutex
}

// New brings the tables up to date and reads the built-in ranges.
func New(ctx context.Context, cfg Config) (*Exposure, error) {
	if err := cfg.Book.DB().Migrate(ctx, "exposure", files); err != nil {
		return nil, err
	}
	ranges, err := pack.FortiOS()
	if err != nil {
		return nil, err
	}
	return &Exposure{book: cfg.Book, clock: cfg.Clock, log: cfg.Log, register: cfg.Register, pack: ranges}, nil
}

// Target is a line or an asset with what is known of its device.
type Target struct {
	Ref      string // "line/ID" or "asset/ID"
	Name     string
	Maker    string
	Model    string
	OS       string
	Version  string
	Vendor   string // ID of the vendor who maintains it
	Outside  bool   // an outside line
	Priority int    // clinical priority: 1 care stops at once … 3; 0 not known
	Updated  time.Time
}

// URL is the target's page in the register.
func (t Target) URL() string { return "/" + plural(t.Ref) }

func plural(ref string) string {
	kind, id, _ := cut(ref)
	return kind + "s/" + id
}

func cut(ref string) (kind, id string, ok bool) {
	for i := range len(ref) {
		if ref[i] == '/' {
			return ref[:i], ref[i+1:], true
		}
	}
	return ref, "", false
}

// Device gives maker, model, OS and version in one line.
func (t Target) Device() string {
	return asset.Line{Maker: t.Maker, Model: t.Model, OS: t.OS, Version: t.Version}.Device()
}

// isFortiOS reports whether the ranges of the built-in pack are about it.
func (t Target) isFortiOS() bool {
	words := tokens(t.Maker + " " + t.Model + " " + t.OS)
	return words["fortios"] || words["fortigate"] || words["fortiwifi"] || words["fgt"]
}

// Match is a target beside an entry of the catalogue.
type Match struct {
	Target Target
	Entry  kev.Entry
	Judged pack.Judged
}

// judge compares a target's version with what the pack knows of the entry.
func judge(p *pack.Pack, t Target, e kev.Entry, v pack.Version, ok bool) pack.Judged {
	if !t.isFortiOS() {
		return pack.Judged{Verdict: pack.May, Reason: pack.NoRange}
	}
	return p.Judge(e.CVE, v, ok)
}

// compare puts the most pressing first: outside lines, what matches before what
// may, known use by ransomware, clinical priority, the longest known, and the
// number of the CVE.
func compare(a, b Match) int {
	return cmp.Or(
		first(a.Target.Outside, b.Target.Outside),
		first(a.Judged.Verdict == pack.Matches, b.Judged.Verdict == pack.Matches),
		first(a.Entry.Ransomware, b.Entry.Ransomware),
		cmp.Compare(rank(a.Target.Priority), rank(b.Target.Priority)),
		cmp.Compare(a.Entry.Added, b.Entry.Added),
		cmp.Compare(a.Entry.CVE, b.Entry.CVE),
		cmp.Compare(a.Target.Name, b.Target.Name),
		cmp.Compare(a.Target.Ref, b.Target.Ref),
	)
}

func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// rank puts an unknown priority behind the highest and before the others: it
// may be pressing.
func rank(priority int) int {
	if priority == 0 {
		return 15
	}
	return priority * 10
}
