package detect

import (
	"context"
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/internal/detect/watch"
	"github.com/torideproject/toride/sigma"
)

// ruleset is all rules as they are now. It is never changed once it is in use;
// a change of packs or switches makes another.
type ruleset struct {
	rules  []*Rule // by Ref
	byRef  map[string]*Rule
	packs  []*rulepack.Pack
	engine *sigma.Engine
	// ofEngine gives for the engine's index the place in rules.
	ofEngine []int32
	// byKey gives for a pack and the key that its correlations use the place in
	// rules.
	byKey map[string]map[string]int32
	// watched gives for each watch its rules by their own ID.
	watched []map[string]int32
	// build counts engines: a ruleset with the same number has the same one.
	build uint64
}

func (s *ruleset) pack(name string) *rulepack.Pack {
	for _, p := range s.packs {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// switches are what people decided.
type switches struct {
	levels map[string]map[sigma.Level]bool // by pack
	rules  map[string]bool                 // by Ref
}

// on decides whether a rule makes findings. The built-in pack and the watches
// are on unless somebody switched them off; other packs are off until somebody
// has seen their noise and switches them on.
func (w switches) on(r *Rule, builtIn string) (bool, Reach) {
	if on, decided := w.rules[r.Ref]; decided {
		return on, ByPerson
	}
	if on, decided := w.levels[r.Pack][r.Level]; decided {
		return on, ByLevel
	}
	return r.Pack == builtIn || r.Pack == watchPack, ByDefault
}

// makeRuleset puts packs and watches together. old is asked for the engine when
// its packs are the same.
func makeRuleset(packs []*rulepack.Pack, watches []watch.Watch, old *ruleset) (*ruleset, error) {
	s := &ruleset{byRef: map[string]*Rule{}, byKey: map[string]map[string]int32{}, packs: packs}
	for _, p := range packs {
		for _, r := range p.Rules {
			s.rules = append(s.rules, packRule(p, r))
		}
	}
	for _, w := range watches {
		for i := range w.Rules {
			s.rules = append(s.rules, watchRule(w, &w.Rules[i]))
		}
	}
	slices.SortFunc(s.rules, func(a, b *Rule) int { return strings.Compare(a.Ref, b.Ref) })
	place := map[string]int32{}
	for i, r := range s.rules {
		r.place = int32(i)
		s.byRef[r.Ref], place[r.Ref] = r, r.place
	}
	s.index(place, watches)
	var engineRules []*sigma.Rule
	for i, r := range s.rules {
		if r.Sigma != nil {
			engineRules = append(engineRules, r.Sigma)
			s.ofEngine = append(s.ofEngine, int32(i))
		}
	}
	if old != nil && samePacks(old.packs, packs) {
		s.engine, s.build = old.engine, old.build
		return s, nil
	}
	var err error
	if s.engine, err = sigma.NewEngine(engineRules, sigma.EngineOptions{}); err != nil {
		return nil, err
	}
	if old != nil {
		s.build = old.build
	}
	s.build++
	return s, nil
}

// index fills the tables that lead to rules.
func (s *ruleset) index(place map[string]int32, watches []watch.Watch) {
	for _, p := range s.packs {
		s.byKey[p.Name] = map[string]int32{}
		for _, r := range p.Rules {
			s.byKey[p.Name][r.Name()] = place[p.Name+"/"+r.Key]
		}
	}
	for _, w := range watches {
		ids := map[string]int32{}
		for _, r := range w.Rules {
			ids[r.ID] = place[watchPack+"/"+w.Name+"."+r.ID]
		}
		s.watched = append(s.watched, ids)
	}
}

func watchRule(w watch.Watch, r *watch.Rule) *Rule {
	return &Rule{Ref: watchPack + "/" + w.Name + "." + r.ID, Pack: watchPack, Key: w.Name + "." + r.ID, Origin: FromWatch, Title: r.Title,
		Level: r.Level, Steps: r.Steps, Family: r.Family, By: r.By, About: &r.About}
}

func samePacks(a, b []*rulepack.Pack) bool {
	return slices.EqualFunc(a, b, func(x, y *rulepack.Pack) bool { return x.Name == y.Name && x.Digest == y.Digest })
}

// switched gives the same rules with other switches.
func (s *ruleset) switched(w switches, builtIn string) *ruleset {
	out := *s
	out.rules, out.byRef = make([]*Rule, len(s.rules)), make(map[string]*Rule, len(s.rules))
	for i, r := range s.rules {
		c := *r
		c.On, c.Why = w.on(&c, builtIn)
		out.rules[i], out.byRef[c.Ref] = &c, &c
	}
	return &out
}

// loadRules reads packs and switches and puts the rules into use.
func (d *Desk) loadRules(ctx context.Context) error {
	d.reload.Lock()
	defer d.reload.Unlock()
	old := d.rules.Load()
	packs, err := d.activePacks(ctx, old)
	if err != nil {
		return err
	}
	s, err := makeRuleset(packs, d.watches, old)
	if err != nil {
		return err
	}
	return d.useRules(ctx, s)
}

// reswitch puts the same rules into use with the switches as they are stored.
func (d *Desk) reswitch(ctx context.Context) error {
	d.reload.Lock()
	defer d.reload.Unlock()
	return d.useRules(ctx, d.rules.Load())
}

func (d *Desk) useRules(ctx context.Context, s *ruleset) error {
	w, err := d.storedSwitches(ctx)
	if err != nil {
		return err
	}
	d.rules.Store(s.switched(w, d.builtInName()))
	return nil
}

// Rule finds a rule by its Ref, nil when there is none.
func (d *Desk) Rule(ref string) *Rule { return d.rules.Load().byRef[ref] }
