package source

import (
	"embed"
	"errors"
	"io/fs"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	"github.com/torideproject/toride/internal/fault"
)

//go:embed text_*.json
var texts embed.FS

// Texts gives the package's sentences in both languages, for the catalogue.
func Texts() fs.FS { return texts }

// Check holds settings to what the kind declares; every member's New calls it
// first. What it finds is a fault.Invalid.
func (k Kind) Check(s Settings) error {
	switch {
	case s.MaxLine < 1 || s.MaxLine > MaxRecord:
		return fault.New(fault.Invalid, "event.source.max_line", s.MaxLine, MaxRecord)
	case len(k.Networks) == 0 && !filepath.IsAbs(s.Folder):
		return fault.New(fault.Invalid, "event.source.folder", s.Folder)
	case len(k.Networks) == 0:
		return nil
	case !slices.Contains(k.Networks, s.Network):
		return fault.New(fault.Invalid, "event.source.network", s.Network)
	case s.TLS != nil && (!k.TLS || s.Network != "tcp"):
		return fault.New(fault.Invalid, "event.source.no_tls", s.Network)
	case k.Token && s.Token == nil:
		return fault.New(fault.Invalid, "event.source.no_token")
	}
	host, port, err := net.SplitHostPort(s.Address)
	if n, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || n > 65535 {
		return fault.New(fault.Invalid, "event.source.address", s.Address)
	}
	if host != "" && net.ParseIP(host) == nil {
		return fault.New(fault.Invalid, "event.source.address", s.Address)
	}
	return nil
}

// Refused turns the operating system's refusal to listen into a fault that says
// what to do.
func Refused(address string, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fault.New(fault.Conflict, "event.source.taken", address).With(err)
	case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
		return fault.New(fault.Denied, "event.source.forbidden", address).With(err)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fault.New(fault.Invalid, "event.source.elsewhere", address).With(err)
	}
	return fault.New(fault.Internal, "event.source.listen", address).With(err)
}
