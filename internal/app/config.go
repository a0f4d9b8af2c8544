package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
	_ "time/tzdata" // the box may have no zone files

	"github.com/BurntSushi/toml"

	"github.com/torideproject/toride/internal/chart/shelf"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/webtls"
)

// Config is what Toride must know before its database opens. All else is
// stored in the database and changed on the pages. The names in toride.toml
// are those of the tags; `toride config` prints them with these comments.
type Config struct {
	// Folder of all data of this Toride. Mode 0700.
	Data string `toml:"data"`
	// Key file which seals secrets. Keep it outside the data folder, so that a
	// copy of the folder alone opens nothing.
	Key string `toml:"key"`
	// Address and port of the pages.
	Listen string `toml:"listen"`
	// Names and addresses under which people open the pages. A request for
	// another name is refused. localhost and the box's own name always work.
	Hosts []string `toml:"hosts"`
	// Certificate and its key as PEM files. Empty: Toride makes its own.
	Cert    string `toml:"cert"`
	CertKey string `toml:"cert_key"`
	// Time zone in which times are shown and days begin.
	Zone string `toml:"zone"`
	// Copies of the chart that are read here: folders of SS-MIX2, document
	// archives or FHIR, ZIP or TAR. Reading them when all else is down needs a PC
	// of its own: see toride-kit chart serve.
	Chart []string `toml:"chart"`
	// Detail of the log: debug, info, warn, error.
	Log string `toml:"log"`

	// Demo fills a new data folder with the made-up hospital.
	Demo bool `toml:"-"`
	// DemoLater leaves the Osaka night out of the demo's story: it is played while
	// people watch. DemoSpan is how long it takes then; 0: the usual.
	DemoLater bool          `toml:"-"`
	DemoSpan  time.Duration `toml:"-"`
	// ChartMade are stores that stand on no disk, by their name in Chart.
	ChartMade map[string]shelf.Made `toml:"-"`
	// Clock is the time; tests set it.
	Clock func() time.Time `toml:"-"`
}

// Default is the configuration of a box on which `toride install` ran.
func Default() Config {
	return Config{Data: "/var/lib/toride", Key: "/etc/toride/toride.key", Listen: ":8443", Zone: "Asia/Tokyo", Log: "info", Clock: time.Now}
}

// Load reads a toride.toml over the defaults. A missing file at the default
// place is no error; unknown names are, because a typo must not be ignored.
func Load(path string, must bool) (Config, error) {
	cfg := Default()
	meta, err := toml.DecodeFile(path, &cfg)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !must:
		return cfg, nil
	case err != nil:
		return cfg, fault.New(fault.Invalid, "app.config.bad", path, err.Error()).With(err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return cfg, fault.New(fault.Invalid, "app.config.unknown", path, unknown[0].String())
	}
	return cfg, nil
}

// paths of the data folder.
func (c Config) path(name string) string { return filepath.Join(c.Data, name) }

// tls says which certificate the pages are served with.
func (c Config) tls() webtls.Config {
	return webtls.Config{Dir: c.Data, Cert: c.Cert, Key: c.CertKey, Listen: c.Listen, Hosts: c.Hosts, Clock: c.Clock}
}

// Socket is where the running Toride listens for commands.
func (c Config) Socket() string { return c.path("admin.sock") }

// prepare makes the data folder and checks that only its owner may look in.
func (c Config) prepare() (*time.Location, error) {
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return nil, fault.New(fault.Invalid, "app.config.zone", c.Zone).With(err)
	}
	if err := c.makeData(); err != nil {
		return nil, err
	}
	info, err := os.Stat(c.Data)
	if err != nil {
		return nil, fmt.Errorf("app: %w", err)
	}
	// Root would leave files that the service's own user cannot open.
	if st, ok := info.Sys().(*syscall.Stat_t); ok && os.Geteuid() == 0 && st.Uid != 0 {
		return nil, fault.New(fault.Conflict, "app.data.owner", c.Data)
	}
	return zone, nil
}

// makeData makes the data folder if there is none, and refuses one into which
// others may look.
func (c Config) makeData() error {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return fault.New(fault.Invalid, "app.data.unusable", c.Data, err.Error()).With(err)
	}
	info, err := os.Stat(c.Data)
	if err != nil {
		return fmt.Errorf("app: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fault.New(fault.Invalid, "app.data.open", c.Data, info.Mode().Perm().String())
	}
	return nil
}
