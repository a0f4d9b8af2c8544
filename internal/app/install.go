package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"

	"github.com/torideproject/toride/internal/durable"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/seal"
	"github.com/torideproject/toride/internal/text"
)

// InstallOptions say how Toride is installed on this box.
type InstallOptions struct {
	// Root is the folder that stands for "/"; another one makes an image.
	Root string
	// DryRun only shows what would be done.
	DryRun bool
	// NoStart leaves the service stopped.
	NoStart bool
	// About explains a key of the configuration, for the comments in the file.
	About func(key string) string
}

// InstallStep is one thing that is done, with the file that it writes.
type InstallStep struct {
	Say     text.Msg
	Content string
	Do      func(context.Context) error
}

// unit runs Toride as a user of its own who can write nothing but the data
// folder. The seal key comes as a systemd credential: root alone can read the
// file.
const unit = `[Unit]
Description=Toride
Documentation=https://localhost:8443/help
After=network.target

[Service]
Type=exec
User=toride
Group=toride
ExecStart=/usr/local/bin/toride serve
LoadCredential=toride.key:/etc/toride/toride.key
StateDirectory=toride
StateDirectoryMode=0700
UMask=0077
LimitCORE=0
Environment=GOMEMLIMIT=2GiB
Restart=on-failure
RestartSec=5
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
# Only to listen for syslog on port 514 and 6514.
CapabilityBoundingSet=CAP_NET_BIND_SERVICE
AmbientCapabilities=CAP_NET_BIND_SERVICE
TimeoutStopSec=60
RemoveIPC=yes
KeyringMode=private

[Install]
WantedBy=multi-user.target
`

// PlanInstall lists the steps that make this box run Toride: binary, user,
// key, configuration, service. Each can be done again without harm; an
// existing key or configuration is kept.
func PlanInstall(o InstallOptions) ([]InstallStep, error) {
	if o.Root == "" {
		o.Root = "/"
	}
	if os.Geteuid() != 0 && o.Root == "/" && !o.DryRun {
		return nil, fault.New(fault.Denied, "app.install.root")
	}
	at := func(path string) string { return filepath.Join(o.Root, path) }
	var conf bytes.Buffer
	if err := Explain(&conf, Default(), o.About); err != nil {
		return nil, err
	}
	steps := []InstallStep{
		{Say: text.M("app.install.binary", at("/usr/local/bin/toride")), Do: func(context.Context) error { return installBinary(at("/usr/local/bin/toride")) }},
		{Say: text.M("app.install.key", at("/etc/toride/toride.key")), Do: func(context.Context) error { return installKey(at("/etc/toride/toride.key")) }},
		{Say: text.M("app.install.config", at("/etc/toride/toride.toml")), Content: conf.String(), Do: func(context.Context) error { return keepOrWrite(at("/etc/toride/toride.toml"), conf.Bytes(), 0o644) }},
		{Say: text.M("app.install.unit", at("/etc/systemd/system/toride.service")), Content: unit, Do: func(context.Context) error {
			return writeUnder(at("/etc/systemd/system/toride.service"), []byte(unit), 0o644)
		}},
	}
	if o.Root != "/" {
		return steps, nil
	}
	steps = append(steps, InstallStep{Say: text.M("app.install.user", "toride"), Do: makeUser})
	if !o.NoStart {
		steps = append(steps, InstallStep{Say: text.M("app.install.start"), Do: startService})
	}
	return steps, nil
}

func writeUnder(path string, data []byte, perm os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fault.New(fault.Invalid, "app.data.unusable", path, err.Error()).With(err)
	}
	if err := durable.WriteFile(path, data, perm); err != nil {
		return fault.New(fault.Invalid, "app.data.unusable", path, err.Error()).With(err)
	}
	return nil
}

func keepOrWrite(path string, data []byte, perm os.FileMode) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	return writeUnder(path, data, perm)
}

func installBinary(path string) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("app: %w", err)
	}
	if self == path {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fault.New(fault.Invalid, "app.data.unusable", path, err.Error()).With(err)
	}
	return durable.Write(path, 0o755, func(w io.Writer) error { return copyFile(w, self) })
}

func installKey(path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fault.New(fault.Invalid, "app.data.unusable", path, err.Error()).With(err)
	}
	_, err := seal.Open(seal.Config{KeyFile: path, Create: true})
	return err
}

func makeUser(ctx context.Context) error {
	if _, err := user.Lookup("toride"); err == nil {
		return nil
	}
	return command(ctx, "useradd", "--system", "--home-dir", "/var/lib/toride", "--shell", "/usr/sbin/nologin", "toride")
}

func startService(ctx context.Context) error {
	return errors.Join(command(ctx, "systemctl", "daemon-reload"), command(ctx, "systemctl", "enable", "--now", "toride.service"))
}

func command(ctx context.Context, name string, args ...string) error {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput() //nolint:gosec // names are constants above
	if err != nil {
		return fault.New(fault.Invalid, "app.install.command", name, string(out)).With(err)
	}
	return nil
}
