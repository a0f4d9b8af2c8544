package kit

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/torideproject/toride/internal/chart/vault"
	"github.com/torideproject/toride/internal/fault"
)

// askKey asks at the terminal for what opens a vault: the code of an envelope,
// or the parts of as many persons as are needed, one a line. A line that cannot
// be read is told and asked for again. Nothing that was typed is kept.
func (h Host) askKey(v *vault.Vault) (*vault.Key, error) {
	fmt.Fprintln(h.Err, h.t("kit.chart.key.ask"))
	lines := bufio.NewScanner(h.in())
	var parts []vault.Part
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" {
			break
		}
		part, err := vault.ReadPart(h.t("kit.chart.key.holder", len(parts)+1), line)
		if err != nil {
			if key, ok := openWith(v, line); ok {
				return key, nil
			}
			fmt.Fprintln(h.Err, h.Say(fault.Of(err).Msg))
			continue
		}
		parts = append(parts, part)
		if len(parts) >= part.Need {
			return vault.Join(parts...)
		}
		fmt.Fprintln(h.Err, h.t("kit.chart.key.more", part.Need-len(parts)))
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(parts) > 0 {
		return vault.Join(parts...) // its fault says how many are missing
	}
	return nil, fault.New(fault.Invalid, "kit.chart.key.none")
}

// openWith tries a code on every envelope that lies on the medium.
func openWith(v *vault.Vault, code string) (*vault.Key, bool) {
	ids, err := v.Envelopes()
	if err != nil {
		return nil, false
	}
	for _, id := range ids {
		sealed, err := v.Envelope(id)
		if err != nil {
			continue
		}
		if key, err := vault.OpenEnvelope(id, code, sealed); err == nil {
			return key, true
		}
	}
	return nil, false
}

func (h Host) in() io.Reader {
	if h.In == nil {
		return strings.NewReader("")
	}
	return h.In
}
