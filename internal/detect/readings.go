package detect

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/today"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/sigma"
)

// recently is how far back readings about what happened look.
const recently = 30 * aDay

// Readings says what can be noticed, and what was. It costs a coverage, at most
// once a minute, and one query over the alerts of the last thirty days.
func (d *Desk) Readings(ctx context.Context) ([]reading.Reading, error) {
	cover := d.Coverage()
	out := []reading.Reading{d.rulesReading(cover), coverReading(cover)}
	for _, s := range rulepack.Steps() {
		out = append(out, stepReading(cover, s))
	}
	open, err := d.openReading(ctx)
	if err != nil {
		return nil, err
	}
	overdue, err := d.exceptReading(ctx)
	if err != nil {
		return nil, err
	}
	out = append(out, open, overdue)
	happened, err := d.happened(ctx, cover)
	return append(out, happened...), err
}

func (d *Desk) rulesReading(cover *Coverage) reading.Reading {
	on, packs := d.rulesOn(), len(d.rules.Load().packs)
	r := reading.Reading{ID: "detect.rules", State: reading.Good, Basis: reading.Register, At: cover.At, Total: on, URL: "/alerts/rules", Say: text.M("detect.read.rules", on, packs)}
	if on == 0 {
		r.State, r.Say = reading.Bad, text.M("detect.read.rules.none")
	}
	return r
}

func coverReading(cover *Coverage) reading.Reading {
	r := reading.Reading{ID: "detect.coverage", State: reading.Unknown, Basis: reading.Read, URL: "/alerts/coverage", Say: text.M("detect.read.cover.nothing")}
	if len(cover.Seen) == 0 {
		return r
	}
	r.At = cover.At
	for _, s := range rulepack.Steps() {
		r.Total++
		if _, can := cover.step(s); can == 0 {
			r.Count++
			r.Items = append(r.Items, reading.Item{Say: text.M("detect.step.numbered", s.String(), stepText(s)), URL: "/alerts/rules?on=on&step=" + s.String()})
		}
	}
	r.State, r.Say = reading.Good, text.M("detect.read.cover.good", r.Total)
	if r.Count > 0 {
		r.State, r.Say = reading.Bad, text.M("detect.read.cover.bad", r.Count, r.Total)
	}
	return r
}

// stepReading says whether a step of the chain can be noticed with the logs that
// arrive.
func stepReading(cover *Coverage, s rulepack.Step) reading.Reading {
	r := reading.Reading{ID: "detect.step." + lower(s), State: reading.Unknown, Basis: reading.Read, URL: "/alerts/coverage", Say: text.M("detect.read.step.nothing")}
	rules, can := cover.step(s)
	r.Count, r.Total = rules-can, rules
	switch {
	case can > 0:
		r.State, r.At, r.Say = reading.Good, cover.At, text.M("detect.read.step.good", can, rules)
	case len(cover.Seen) == 0:
		return r
	case rules == 0:
		r.State, r.At, r.Say = reading.Bad, cover.At, text.M("detect.read.step.norules")
	default:
		r.State, r.At, r.Say = reading.Bad, cover.At, text.M("detect.read.step.bad", rules)
	}
	for _, l := range cover.Lacking {
		if l.Rules > 0 && slices.Contains(l.Steps, s) && len(r.Items) < 5 && r.State != reading.Good {
			r.Items = append(r.Items, reading.Item{Say: text.M("detect.read.step.setting", text.M("detect.setting.on."+l.Setting.On), l.Rules), URL: "/alerts/coverage#" + strings.ReplaceAll(l.Setting.ID, ".", "-")})
		}
	}
	return r
}

// openReading says how many stories nobody has taken on.
func (d *Desk) openReading(ctx context.Context) (reading.Reading, error) {
	now := d.cfg.Clock()
	r := reading.Reading{ID: "detect.open", State: reading.Unknown, Basis: reading.Read, URL: "/alerts", Say: text.M("detect.read.open.nothing")}
	list, err := bodies[*Story](ctx, d.read(), "SELECT body FROM detect_story WHERE state IN ('new', 'acked') ORDER BY state <> 'new', level DESC, last_at DESC LIMIT 200")
	if err != nil {
		return r, err
	}
	if len(list) == 0 && d.census.Last().IsZero() {
		return r, nil
	}
	r.At, r.Total = now, len(list)
	for _, s := range list {
		if s.State != IsNew {
			continue
		}
		r.Count++
		if len(r.Items) < reading.MaxItems {
			r.Items = append(r.Items, reading.Item{Say: text.M("detect.read.open.item", s.No, s.Title()), URL: s.URL()})
		}
	}
	r.State, r.Say = reading.Good, text.M("detect.read.open.good", len(list))
	if r.Count > 0 {
		r.State, r.Say = reading.Bad, text.M("detect.read.open.bad", r.Count, len(list))
	}
	return r, nil
}

func (d *Desk) exceptReading(ctx context.Context) (reading.Reading, error) {
	now := d.cfg.Clock()
	r := reading.Reading{ID: "detect.exceptions", State: reading.None, Basis: reading.Register, At: now, URL: "/alerts/exceptions", Say: text.M("detect.read.except.none")}
	list, err := d.activeExceptions(ctx)
	if err != nil || len(list) == 0 {
		return r, err
	}
	for _, x := range list {
		if x.Overdue(now) {
			r.Count++
		}
	}
	r.Total, r.State, r.Say = len(list), reading.Good, text.M("detect.read.except.good", len(list))
	if r.Count > 0 {
		r.State, r.Say = reading.Bad, text.M("detect.read.except.bad", r.Count)
	}
	return r, nil
}

// kind is a kind of finding that others cite: what must be seen for it to count
// as looked for, and which families of rules show it.
type kind struct {
	id       string
	step     rulepack.Step
	families []string
}

// kinds are what the Osaka test and the checklist ask of the logs.
func kinds() []kind {
	return []kind{
		{"detect.lines", 3, []string{"outside-line", "vendor-account"}},
		{"detect.antivirus", 4, []string{"antivirus", "antivirus-then-logon"}},
		{"detect.bruteforce", 2, []string{"guess", "spray", "broken-in", "vpn-guess", "vpn-broken-in", "ssh-guess", "ssh-broken-in", "firewall-guess", "firewall-broken-in"}},
		{"detect.backup", 9, []string{"backup-destroyed", "backup-stopped"}},
		{"detect.logclear", 12, []string{"log-cleared", "log-off", "source-silent"}},
	}
}

// happened says, for each kind, whether it was found in the last thirty days.
// Nothing found where it could not have been found is Unknown.
func (d *Desk) happened(ctx context.Context, cover *Coverage) ([]reading.Reading, error) {
	rows, err := d.read().QueryContext(ctx, "SELECT id, no, family FROM detect_alert WHERE last_at > ? AND level >= ? ORDER BY last_at DESC LIMIT 5000",
		stamp.Text(cover.At.Add(-recently)), int(sigma.Medium))
	if err != nil {
		return nil, fmt.Errorf("detect: happened: %w", err)
	}
	defer rows.Close()
	found := map[string][]reading.Item{}
	counts := map[string]int{}
	for rows.Next() {
		var id, family string
		var no int
		if err := rows.Scan(&id, &no, &family); err != nil {
			return nil, fmt.Errorf("detect: happened: %w", err)
		}
		counts[family]++
		if len(found[family]) < reading.MaxItems {
			found[family] = append(found[family], reading.Item{Say: text.M("detect.read.alert", no), URL: alertURL(id)})
		}
	}
	var out []reading.Reading
	for _, k := range kinds() {
		r := reading.Reading{ID: k.id, State: reading.Unknown, Basis: reading.Read, URL: "/alerts/rules?on=on&step=" + k.step.String(), Say: text.M("detect.read.kind.unknown", text.M(k.id+".name"))}
		for _, f := range k.families {
			r.Count += counts[f]
			r.Items = append(r.Items, found[f]...)
		}
		r.Items = r.Items[:min(len(r.Items), reading.MaxItems)]
		switch {
		case r.Count > 0:
			r.State, r.At, r.URL, r.Say = reading.Bad, cover.At, "/alerts/all", text.M("detect.read.kind.bad", text.M(k.id+".name"), r.Count)
		case cover.families(k.families):
			r.State, r.At, r.Say = reading.Good, cover.At, text.M("detect.read.kind.good", text.M(k.id+".name"))
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// families says whether a rule of one of the families is on and can fire.
func (c *Coverage) families(list []string) bool {
	return slices.ContainsFunc(c.Covers, func(x Cover) bool {
		return x.Rule.On && x.State.Can() && slices.Contains(list, x.Rule.Family)
	})
}

// Todos says what this domain asks of the person now: stories that nobody has
// taken on, the critical ones first; exceptions whose time is over; the setting
// that would let most rules see.
func (d *Desk) Todos(ctx context.Context, p web.Person) ([]today.Todo, error) {
	var out []today.Todo
	if p.Can(PermWrite) {
		stories, err := bodies[*Story](ctx, d.read(), "SELECT body FROM detect_story WHERE state = 'new' AND level >= ? ORDER BY level DESC, last_at DESC LIMIT 20", int(sigma.Medium))
		if err != nil {
			return nil, err
		}
		for i, s := range stories {
			out = append(out, storyTodo(s, i))
		}
		over, err := d.overdueTodos(ctx)
		if err != nil {
			return nil, err
		}
		out = append(out, over...)
	}
	if p.Can(PermRules) {
		out = append(out, d.coverTodos()...)
	}
	return out, nil
}

func storyTodo(s *Story, rank int) today.Todo {
	t := today.Todo{Level: today.Info, Rank: 20 + rank, Say: text.M("detect.todo.story", s.Title(), s.Size), Why: text.M("detect.todo.story.why", levelText(s.Level), s.Last), URL: s.URL()}
	switch {
	case s.Retro || s.Old:
		t.Level, t.Why = today.Amber, text.M("detect.todo.story.old", levelText(s.Level), s.Last)
	case s.Level >= sigma.Critical:
		t.Level, t.Rank = today.Red, rank
	case s.Level >= sigma.High:
		t.Level, t.Rank = today.Red, 5+rank
	default:
		t.Level = today.Amber
	}
	return t
}

func (d *Desk) overdueTodos(ctx context.Context) ([]today.Todo, error) {
	list, err := d.activeExceptions(ctx)
	if err != nil {
		return nil, err
	}
	now, n := d.cfg.Clock(), 0
	var first time.Time
	for _, x := range list {
		if x.Overdue(now) {
			if n++; first.IsZero() {
				first = x.Until
			}
		}
	}
	if n == 0 {
		return nil, nil
	}
	return []today.Todo{{Level: today.Amber, Rank: 30, Say: text.M("detect.todo.except", n), Why: text.M("detect.todo.except.why"), URL: "/alerts/exceptions", Due: first}}, nil
}

func (d *Desk) coverTodos() []today.Todo {
	cover := d.Coverage()
	if len(cover.Seen) == 0 {
		return nil // the sources come first; their domain says so
	}
	for _, l := range cover.Lacking {
		if l.State == SettingOff && l.Rules >= 2 {
			return []today.Todo{{Level: today.Info, Rank: 40, Say: text.M("detect.todo.setting", text.M("detect.setting.on."+l.Setting.On), l.Rules),
				Why: text.M("detect.todo.setting.why"), URL: "/alerts/coverage#" + strings.ReplaceAll(l.Setting.ID, ".", "-")}}
		}
	}
	return nil
}
