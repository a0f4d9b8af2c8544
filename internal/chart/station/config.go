package station

import (
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/torideproject/toride/internal/chart/vault"
	"github.com/torideproject/toride/internal/discreet"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/identity/credential"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/today"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/webtls"
)

// DefaultListen is the address of a station that only its own PC reads; LAN
// that of one for the ward's network.
const (
	DefaultListen = "127.0.0.1:8444"
	LAN           = ":8444"
)

// Config is what a Station is made of. Data and Roots are needed.
type Config struct {
	// Data is the folder of accounts, ledger, index, certificate and the key that
	// seals what was written on paper; it is made with mode 0700. Whoever has all
	// of it can read all of it: the disk should be encrypted. It must not lie below
	// a root, nor hold one.
	Data string
	// Roots are the copies: folders, ZIP, TAR, vaults.
	Roots []string
	// Listen is address and port; "": DefaultListen.
	Listen string
	// Hosts are further names under which people open the pages.
	Hosts []string
	// Hospital stands in the head of every page and print.
	Hospital string
	// Zone is the hospital's; nil: Asia/Tokyo.
	Zone  *time.Location
	Clock func() time.Time // nil: time.Now
	Log   *slog.Logger     // nil: none
	// Keys are those that a command asked for already (see Prompt).
	Keys []*vault.Key
	// Trust are fingerprints of machines whose generations are read; empty: all.
	Trust []string
	// Choose picks the generation of a vault; nil: the newest unharmed one.
	Choose func(root string, all []vault.Generation) (string, error)
	// Late are files for records of viewing that the ledger cannot take, in this
	// order, before the one in Data; nil: one below the user's cache folder.
	Late []string
	// More are modules that the program adds, with what they publish.
	More     []web.Module
	Todos    []today.Source
	Readings []reading.Source
	// PINCost are the costs of a PIN's hash; zero: staff.Params().
	PINCost credential.Params
}

// filled gives the configuration with its defaults.
func (c Config) filled() (Config, error) {
	if c.Listen == "" {
		c.Listen = DefaultListen
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	c.Log = discreet.Logger(c.Log)
	if c.Zone == nil {
		c.Zone = time.FixedZone("JST", 9*3600) // Japan has had no summer time since 1951
	}
	if c.Data == "" || len(c.Roots) == 0 {
		return c, fault.New(fault.Invalid, "station.roots")
	}
	var err error
	if c.Data, err = filepath.Abs(c.Data); err != nil {
		return c, fault.New(fault.Invalid, "station.data.unusable", c.Data, err.Error()).With(err)
	}
	c.Roots = slices.Clone(c.Roots)
	for i, root := range c.Roots {
		if c.Roots[i], err = filepath.Abs(root); err != nil {
			return c, fault.New(fault.Invalid, "station.data.unusable", root, err.Error()).With(err)
		}
	}
	if c.Late == nil {
		if cache, err := os.UserCacheDir(); err == nil {
			c.Late = []string{filepath.Join(cache, "toride-station", "late.jsonl")}
		}
	}
	c.Late = append(slices.Clone(c.Late), c.path("late.jsonl"))
	return c, nil
}

func (c Config) path(name string) string { return filepath.Join(c.Data, name) }

// tls says which certificate the pages are served with. A station that the
// ward's network reads is opened by its addresses.
func (c Config) tls() webtls.Config {
	hosts := c.Hosts
	if host, _, err := net.SplitHostPort(c.Listen); err == nil && (host == "" || host == "0.0.0.0" || host == "::") {
		hosts = append(slices.Clone(hosts), addresses()...)
	}
	return webtls.Config{Dir: c.Data, Listen: c.Listen, Hosts: hosts, Clock: c.Clock}
}

// addresses are those of the PC's own network cards.
func addresses() []string {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil // then names and loopback remain
	}
	var out []string
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLoopback() && !n.IP.IsLinkLocalUnicast() {
			out = append(out, n.IP.String())
		}
	}
	slices.Sort(out)
	return out
}

// checkFolders refuses a data folder, or a late file, inside a root: nothing
// may be written there. It is asked before anything is made.
func (c Config) checkFolders() error {
	for _, root := range c.Roots {
		top := resolve(root)
		if inside(top, resolve(c.Data)) {
			return fault.New(fault.Invalid, "station.data.inside", c.Data, root)
		}
		if inside(resolve(c.Data), top) {
			return fault.New(fault.Invalid, "station.data.around", c.Data, root)
		}
		for _, late := range c.Late {
			if inside(top, resolve(late)) {
				return fault.New(fault.Invalid, "station.data.inside", late, root)
			}
		}
	}
	return nil
}

// resolve follows links as far as the path exists.
func resolve(path string) string {
	rest := ""
	for at := path; ; {
		if real, err := filepath.EvalSymlinks(at); err == nil {
			return filepath.Join(real, rest)
		}
		parent := filepath.Dir(at)
		if parent == at {
			return path
		}
		rest, at = filepath.Join(filepath.Base(at), rest), parent
	}
}

func inside(top, path string) bool {
	rel, err := filepath.Rel(top, path)
	return err == nil && filepath.IsLocal(rel)
}

// makeData makes the data folder if there is none, and refuses one into which
// others may look (where the system has such bits).
func (c Config) makeData() error {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return fault.New(fault.Invalid, "station.data.unusable", c.Data, err.Error()).With(err)
	}
	info, err := os.Stat(c.Data)
	if err != nil {
		return fault.New(fault.Invalid, "station.data.unusable", c.Data, err.Error()).With(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return fault.New(fault.Invalid, "station.data.open", c.Data, info.Mode().Perm().String())
	}
	return nil
}

// fresh reports whether there is no database yet.
func (c Config) fresh() bool {
	_, err := os.Stat(c.path("state.db"))
	return errors.Is(err, fs.ErrNotExist)
}
