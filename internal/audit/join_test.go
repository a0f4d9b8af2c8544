package audit_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/audit"
	"github.com/torideproject/toride/internal/exposure"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/reading"
)

// TestJoin_FileToRegisterToCase goes the way that app joins: a file is read,
// its version goes into the register with the file as its source, the hole
// becomes a case, and the repaired file does not make the case go away.
func TestJoin_FileToRegisterToCase(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	x, err := exposure.New(t.Context(), exposure.Config{Book: h.book, Clock: h.clock.Now, Log: slog.New(slog.DiscardHandler), Register: h.reg})
	must(t, err)
	joined, err := audit.New(t.Context(), audit.Config{Book: h.book, Clock: h.clock.Now, Register: h.reg,
		OnVersion: func(ctx context.Context, actor ledger.Actor, v audit.VersionRead) error {
			if _, err := x.Sync(ctx); err != nil { // before: the hole must not leave without its case
				return err
			}
			line, err := h.reg.Line(ctx, strings.TrimPrefix(v.Target, "line/"))
			if err != nil {
				return err
			}
			line.OS, line.Version = v.OS, v.Version
			if _, err := h.reg.SaveLine(ctx, actor, line, asset.FromFile, v.File); err != nil {
				return err
			}
			_, err = x.Sync(ctx)
			return err
		}})
	must(t, err)
	h.Audit = joined
	_, err = x.ImportKEV(t.Context(), ledgertest.Actor(), "kev.json", strings.NewReader(`{"catalogVersion":"2026.10.01","dateReleased":"2026-10-01T00:00:00Z","count":1,
		"vulnerabilities":[{"cveID":"CVE-2018-13379","vendorProject":"Fortinet","product":"FortiOS","vulnerabilityName":"x","dateAdded":"2021-11-03","knownRansomwareCampaignUse":"Known"}]}`))
	must(t, err)
	outside := func() string {
		t.Helper()
		set, err := reading.Collect(t.Context(), []reading.Source{x.Readings})
		must(t, err)
		return fmt.Sprint(set.Get("exposure.outside").State, " ", set.Get("exposure.threesteps").Count)
	}
	if got := outside(); got != "unknown 0" { // the register says 5.4
		t.Error("before any file: ", got)
	}
	h.take(t, audit.DemoConfig(), h.line)
	if got := outside(); got != "bad 1" {
		t.Error("5.4.8: ", got)
	}
	line, err := h.reg.Line(t.Context(), strings.TrimPrefix(h.line, "line/"))
	must(t, err)
	if line.Version != "5.4.8" {
		t.Errorf("the register says %q", line.Version)
	}
	h.take(t, audit.DemoConfigRepaired(), h.line)
	if got := outside(); got != "good 1" {
		t.Error("7.4.9, two steps still to do: ", got)
	}
}
