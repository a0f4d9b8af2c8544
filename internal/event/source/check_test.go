package source_test

import (
	"crypto/tls"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event/source"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/text"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	net := source.Kind{Name: "n", Networks: []string{"udp", "tcp"}, TLS: true}
	withToken := source.Kind{Name: "t", Networks: []string{"tcp"}, Token: true}
	folder := source.Kind{Name: "f"}
	yes := func(string) bool { return true }
	for name, c := range map[string]struct {
		kind source.Kind
		set  source.Settings
		want string
	}{
		"udp":             {net, source.Settings{Network: "udp", Address: "0.0.0.0:514", MaxLine: 1}, ""},
		"tls":             {net, source.Settings{Network: "tcp", Address: "[::]:6514", MaxLine: source.MaxRecord, TLS: &tls.Config{MinVersion: tls.VersionTLS12}}, ""},
		"all addresses":   {net, source.Settings{Network: "tcp", Address: ":0", MaxLine: 100}, ""},
		"tls over udp":    {net, source.Settings{Network: "udp", Address: ":0", MaxLine: 100, TLS: &tls.Config{MinVersion: tls.VersionTLS12}}, "event.source.no_tls"},
		"no such network": {net, source.Settings{Network: "unix", Address: ":0", MaxLine: 100}, "event.source.network"},
		"no port":         {net, source.Settings{Network: "udp", Address: "10.0.0.1", MaxLine: 100}, "event.source.address"},
		"port too high":   {net, source.Settings{Network: "udp", Address: ":65536", MaxLine: 100}, "event.source.address"},
		"a name":          {net, source.Settings{Network: "udp", Address: "localhost:514", MaxLine: 100}, "event.source.address"},
		"no length":       {net, source.Settings{Network: "udp", Address: ":0"}, "event.source.max_line"},
		"too long":        {net, source.Settings{Network: "udp", Address: ":0", MaxLine: source.MaxRecord + 1}, "event.source.max_line"},
		"token":           {withToken, source.Settings{Network: "tcp", Address: ":0", MaxLine: 100, Token: yes}, ""},
		"no token":        {withToken, source.Settings{Network: "tcp", Address: ":0", MaxLine: 100}, "event.source.no_token"},
		"folder":          {folder, source.Settings{Folder: filepath.FromSlash("/srv/logs"), MaxLine: 100}, ""},
		"no folder":       {folder, source.Settings{Folder: "logs", MaxLine: 100}, "event.source.folder"},
	} {
		err := c.kind.Check(c.set)
		if got := key(err); got != c.want {
			t.Errorf("%s: %q, not %q", name, got, c.want)
		}
		if err != nil && fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, fault.KindOf(err))
		}
	}
}

func key(err error) string {
	if err == nil {
		return ""
	}
	return fault.Of(err).Msg.Key
}

func TestTexts_SayAllFaults(t *testing.T) {
	t.Parallel()
	cat := text.NewCatalog(time.UTC)
	if err := cat.Add(source.Texts()); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		source.Refused("x", syscall.EADDRINUSE), source.Refused("x", fmt.Errorf("listen: %w", syscall.EACCES)), source.Refused("x", syscall.EADDRNOTAVAIL), source.Refused("x", fs.ErrInvalid),
		source.Kind{}.Check(source.Settings{}),
	} {
		if k := key(err); !cat.Has(k) {
			t.Errorf("%s has no text", k)
		}
	}
}
