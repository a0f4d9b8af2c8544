package audit

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/audit/check"
	"github.com/torideproject/toride/internal/audit/fortios"
	"github.com/torideproject/toride/internal/ledger"
)

// Take reads a configuration, runs all checks on it and keeps the redacted copy
// with the results. name is the cleaned file name; target may be empty. A file
// of another maker, an encrypted one or one over a limit is a fault and leaves
// nothing but a line in the ledger.
func (a *Audit) Take(ctx context.Context, actor ledger.Actor, name, target string, r io.Reader) (File, error) {
	var copied bytes.Buffer
	c, err := fortios.Read(r, &copied)
	if err != nil {
		return File{}, a.refused(ctx, actor, name, err)
	}
	gz, err := zip(copied.Bytes())
	if err != nil {
		return File{}, err
	}
	f := fileOf(c, name)
	facts := check.NewFacts(c, a.clock())
	for _, one := range a.checks {
		r := check.Run(one, facts)
		f.Results = append(f.Results, Result{Check: one.About().ID, Verdict: r.Verdict, Severity: r.Severity, Say: r.Say, Evidence: r.Evidence, More: r.More, Fix: r.Fix, FixCut: r.FixCut})
	}
	err = a.book.Write(ctx, actor, "audit.file.read", func(tx *ledger.Tx) error {
		f.ID, f.ReadAt, f.ReadBy = tx.NewID(), tx.Now, tx.Actor.Name
		tx.Subject("audit/file/" + f.ID)
		tx.Detail(map[string]any{"name": name, "sha256": f.SHA256, "size": f.Size, "model": f.Model, "version": f.Version, "lines": f.Lines})
		return insertFile(ctx, tx, f, gz)
	})
	if err != nil || target == "" {
		return f, err
	}
	return a.Attach(ctx, actor, f.ID, target)
}

// refused writes down that a file was refused and gives the error back.
func (a *Audit) refused(ctx context.Context, actor ledger.Actor, name string, cause error) error {
	if err := a.book.Note(ctx, actor, "audit.file.refused", "audit/file", map[string]string{"name": name, "reason": cause.Error()}); err != nil {
		return err
	}
	return cause
}

func fileOf(c *fortios.Config, name string) File {
	f := File{Name: name, SHA256: c.SHA256, Size: c.Size, Model: c.Header.Model, Version: c.Header.Version, Build: c.Header.Build,
		Hostname: c.Hostname(), Encoding: string(c.Encoding), Lines: c.Lines, Redacted: c.Redacted, Unread: len(c.Unread)}
	if c.Missing != nil {
		f.Missing, f.MissingLine, f.MissingOpen = string(c.Missing.Reason), c.Missing.Line, c.Missing.Open
	}
	for _, e := range c.Entries("system interface") {
		if ip, ok := e.Get("ip"); ok && ip.Value() != "" && len(f.Addresses) < 200 {
			f.Addresses = append(f.Addresses, ip.Value())
		}
	}
	return f
}

// Attach joins a file to a line or asset and, when it is the newest file there
// and names its patch level, hands the version on.
func (a *Audit) Attach(ctx context.Context, actor ledger.Actor, id, target string) (File, error) {
	f, err := a.File(ctx, id)
	if err != nil {
		return f, err
	}
	if _, err := a.targetName(ctx, target); err != nil {
		return f, err
	}
	err = a.book.Write(ctx, actor, "audit.file.attach", func(tx *ledger.Tx) error {
		tx.Subject("audit/file/" + id)
		tx.Detail(map[string]string{"target": target, "before": f.Target})
		if err := moveWaivers(ctx, tx, f.Device(), target); err != nil {
			return err
		}
		return setTarget(ctx, tx, id, target)
	})
	if err != nil {
		return f, err
	}
	f.Target = target
	newest, err := a.filesWhere(ctx, "target = ?", target)
	if err != nil {
		return f, err
	}
	if a.cfg.OnVersion == nil || newest[0].ID != id || strings.Count(f.Version, ".") != 2 {
		return f, nil
	}
	return f, a.cfg.OnVersion(ctx, actor, VersionRead{Target: target, Maker: "Fortinet", Model: modelName(f.Model), OS: "FortiOS", Version: f.Version, File: f.Name})
}

// modelName writes a header's model as people do: FGT60E is FortiGate 60E.
func modelName(model string) string {
	for _, prefix := range []struct{ short, long string }{{"FGT", "FortiGate "}, {"FWF", "FortiWiFi "}, {"FGVM", "FortiGate-VM"}} {
		if rest, ok := strings.CutPrefix(model, prefix.short); ok && rest != "" {
			return prefix.long + rest
		}
	}
	if rest, ok := strings.CutPrefix(model, "FG"); ok && rest != "" && rest[0] >= '0' && rest[0] <= '9' {
		return "FortiGate " + rest
	}
	return model
}

// targetName gives the name of a target; a NotFound fault when there is none.
func (a *Audit) targetName(ctx context.Context, target string) (string, error) {
	kind, id, _ := strings.Cut(target, "/")
	if kind == "line" {
		l, err := a.cfg.Register.Line(ctx, id)
		return l.Name, err
	}
	v, err := a.cfg.Register.Asset(ctx, id)
	return v.Name, err
}

// Choice is a target to which a file may belong.
type Choice struct {
	Target string
	Name   string
	Device string
	score  int
}

// choices gives the lines and network devices of the register, the likeliest
// first. guess is the first one when it is likelier than all others, else
// empty. Signs are the host name, an address of an interface, the model, and
// where the last file of the same device went.
func (a *Audit) choices(ctx context.Context, f File) (list []Choice, guess string, err error) {
	lines, err := a.cfg.Register.Lines(ctx)
	if err != nil {
		return nil, "", err
	}
	assets, _, err := a.cfg.Register.Assets(ctx, asset.Filter{Kind: asset.Network})
	if err != nil {
		return nil, "", err
	}
	before, err := a.filesWhere(ctx, "target <> '' AND model = ? AND hostname = ? AND hostname <> ''", f.Model, f.Hostname)
	if err != nil {
		return nil, "", err
	}
	last := ""
	if len(before) > 0 {
		last = before[0].Target
	}
	for _, l := range lines {
		c := Choice{Target: "line/" + l.ID, Name: l.Name, Device: l.Device()}
		c.score = f.likeness(last == c.Target, l.Name+" "+l.Note, l.Model, "")
		list = append(list, c)
	}
	for _, v := range assets {
		c := Choice{Target: "asset/" + v.ID, Name: v.Name, Device: strings.Join(strings.Fields(v.Maker+" "+v.Model), " ")}
		c.score = f.likeness(last == c.Target, v.Name+" "+v.Number+" "+v.Note, v.Model, v.Address)
		list = append(list, c)
	}
	slices.SortStableFunc(list, func(x, y Choice) int { return y.score - x.score })
	if len(list) > 0 && list[0].score >= 2 && (len(list) == 1 || list[0].score > list[1].score) {
		guess = list[0].Target
	}
	return list, guess, nil
}

// likeness weighs the signs that a file belongs to a device.
func (f File) likeness(last bool, words, model, addresses string) int {
	score := 0
	if last {
		score += 8
	}
	if len(f.Hostname) >= 3 && strings.Contains(asset.Fold(words), asset.Fold(f.Hostname)) {
		score += 4
	}
	for _, ip := range strings.Fields(addresses) {
		if slices.Contains(f.Addresses, ip) {
			score += 3
			break
		}
	}
	if m := modelKey(f.Model); m != "" && m == modelKey(model) {
		score += 2
	}
	return score
}

// modelKey makes FGT60E, FortiGate 60E and FortiGate-60E equal.
func modelKey(model string) string {
	m := strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '_' || r == '　' {
			return -1
		}
		return r
	}, asset.Fold(model))
	for _, prefix := range []string{"fortigate", "fortiwifi", "fgt", "fwf", "fg"} {
		if rest, ok := strings.CutPrefix(m, prefix); ok {
			return rest
		}
	}
	return m
}
