// Package all lists the members of the family of formats, the normalisers of
// log entries. A new format is one folder and one line here; nothing registers
// itself. The list also says which formats look into which: syslog and JSON are
// envelopes around the others.
package all

import (
	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/format"
	"github.com/torideproject/toride/internal/event/format/fortigate"
	"github.com/torideproject/toride/internal/event/format/json"
	"github.com/torideproject/toride/internal/event/format/samba"
	"github.com/torideproject/toride/internal/event/format/sshd"
	"github.com/torideproject/toride/internal/event/format/syslog"
	"github.com/torideproject/toride/internal/event/format/windows"
)

// All gives the formats. zone says by the ID of a configured source where its
// times are that name no zone; it must give the same answer each time.
func All(zone format.Zone) []event.Format {
	forti, ssh, smb, win := fortigate.New(zone), sshd.New(), samba.New(zone), windows.New(zone)
	lines := []format.Body{forti, ssh, smb}
	inside := append([]format.Body{syslog.New(zone, lines...)}, lines...)
	js := json.New(zone, []format.Body{win, smb}, inside)
	return []event.Format{
		syslog.New(zone, forti, ssh, smb, win, js),
		js,
		win,
		forti,
		ssh,
		smb,
	}
}

// Named gives All by their names, as Record.Format has them.
func Named(zone format.Zone) map[string]event.Format {
	m := map[string]event.Format{}
	for _, f := range All(zone) {
		m[f.Name()] = f
	}
	return m
}
