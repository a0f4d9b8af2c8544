package station

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/chart/copy"
	"github.com/torideproject/toride/internal/chart/shelf"
	"github.com/torideproject/toride/internal/chart/staff"
	"github.com/torideproject/toride/internal/chart/vault"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// checker says which generation of a vault is opened: the newest that was not
// found suspect, or, for a while and by two persons, the newest whatever it is.
type checker struct {
	cfg  Config
	keys *keyring

	mu     sync.Mutex
	known  map[string]checked // by root
	over   map[string]override
	chosen map[string]choice
	going  bool
}

// checked is the answer of a check about the generations that there were.
type checked struct {
	of  string
	res *copy.Result
}

// override is the decision of two persons. It is not kept over a restart.
type override struct {
	until time.Time
	by    [2]string
}

// choice is what was opened, and what is newest.
type choice struct {
	id, newest string
	asOf       time.Time
	newestAsOf time.Time
	suspect    bool // id is one that only an override opens
}

func newChecker(cfg Config, keys *keyring) *checker {
	return &checker{cfg: cfg, keys: keys, known: map[string]checked{}, over: map[string]override{}, chosen: map[string]choice{}}
}

// looking bounds the check that opening waits for: manifests and sizes only.
const looking = 20 * time.Second

// choose is shelf.Config.Choose.
func (k *checker) choose(root string, all []vault.Generation) (string, error) {
	newest := shelf.Newest(all, k.cfg.Trust)
	if newest == "" {
		return "", fault.New(fault.Conflict, "station.suspect")
	}
	ctx, cancel := context.WithTimeout(context.Background(), looking)
	defer cancel()
	res, err := k.check(ctx, root, all, false)
	if err != nil { // a medium that cannot be checked: what is wrong shows when it is read
		k.cfg.Log.Warn("a copy could not be checked before it was opened", "root", root, "err", err)
		return newest, nil
	}
	pick := choice{newest: newest}
	for _, g := range res.Generations {
		at := slices.IndexFunc(all, func(o vault.Generation) bool { return o.ID == g.ID })
		if at < 0 || shelf.Newest(all[at:at+1], k.cfg.Trust) == "" {
			continue
		}
		if g.ID == newest {
			pick.newestAsOf = g.AsOf
		}
		if bad := g.Verdict == copy.Suspect || g.Verdict == copy.Unreadable; pick.id == "" && (!bad || k.overridden(root)) {
			pick.id, pick.asOf, pick.suspect = g.ID, g.AsOf, bad
		}
	}
	k.mu.Lock()
	k.chosen[root] = pick
	k.mu.Unlock()
	if pick.id == "" {
		return "", fault.New(fault.Conflict, "station.suspect")
	}
	return pick.id, nil
}

func (k *checker) overridden(root string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.cfg.Clock().Before(k.over[root].until)
}

// check gives what is known of a root's generations, and looks if something
// changed. With deep it looks into contents, as far as there is a key.
func (k *checker) check(ctx context.Context, root string, all []vault.Generation, deep bool) (*copy.Result, error) {
	var ids []string
	for _, g := range all {
		ids = append(ids, fmt.Sprint(g.ID, g.Finished))
	}
	of := strings.Join(ids, " ")
	k.mu.Lock()
	old := k.known[root]
	k.mu.Unlock()
	if old.of == of && !deep {
		return old.res, nil
	}
	v, err := vault.Open(root)
	if err != nil {
		return nil, err
	}
	cfg := copy.CheckConfig{Vault: v, Trust: k.cfg.Trust, Depth: copy.DepthQuick, Now: k.cfg.Clock, Zone: k.cfg.Zone}
	if deep {
		cfg.Keys = k.keys.all()
	}
	res, err := copy.Check(ctx, cfg)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	k.known[root] = checked{of: of, res: res}
	k.mu.Unlock()
	return res, nil
}

// deepen checks all vaults with the keys that are there, in the background. It
// reports whether it began: one at a time.
func (k *checker) deepen(ctx context.Context, done func()) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.going {
		return false
	}
	k.going = true
	go func() {
		for _, root := range k.cfg.Roots {
			v, err := vault.Open(root)
			if err != nil {
				continue // not a vault
			}
			all, err := v.Generations()
			if err == nil {
				_, err = k.check(ctx, root, all, true)
			}
			if err != nil {
				k.cfg.Log.Warn("a copy could not be checked", "root", root, "err", err)
			}
		}
		k.mu.Lock()
		k.going = false
		k.mu.Unlock()
		done()
	}()
	return true
}

// banners say that an older copy is shown, or one that was found suspect.
func (k *checker) banners() []web.Banner {
	k.mu.Lock()
	defer k.mu.Unlock()
	var out []web.Banner
	for _, root := range k.cfg.Roots {
		switch c, ok := k.chosen[root]; {
		case !ok || c.id == "":
		case c.suspect:
			out = append(out, web.Banner{Level: web.Danger, Say: text.M("station.banner.suspect", c.asOf), URL: "/check"})
		case c.id != c.newest:
			out = append(out, web.Banner{Level: web.Warn, Say: text.M("station.banner.older", c.newestAsOf, c.asOf), URL: "/check"})
		}
	}
	return out
}

// warnings are what stands on every sheet that is made from a suspect copy:
// paper is carried where no screen says it.
func (k *checker) warnings() []text.Msg {
	var out []text.Msg
	for _, b := range k.banners() {
		if b.Level == web.Danger {
			out = append(out, b.Say)
		}
	}
	return out
}

// Override opens suspect generations for so many hours (1 to 24): the decision
// of a physician and of somebody of IT, each with a reason. The line of the
// ledger comes first.
func (s *Station) Override(ctx context.Context, actor ledger.Actor, first, second web.Person, o Decision) error {
	p1, i1 := staff.Office(first)
	p2, i2 := staff.Office(second)
	switch {
	case first.ID == second.ID || copy.OneName(first, second) || !(p1 && i2 || p2 && i1):
		return fault.New(fault.Invalid, "station.override.offices")
	case strings.TrimSpace(o.Why) == "" || strings.TrimSpace(o.SecondWhy) == "":
		return fault.New(fault.Invalid, "station.override.why")
	case o.Hours < 1 || o.Hours > 24:
		return fault.New(fault.Invalid, "station.override.hours")
	}
	until := s.cfg.Clock().Add(time.Duration(o.Hours) * time.Hour)
	detail := map[string]any{"second": second.ID, "second_name": second.Name, "why": o.Why, "second_why": o.SecondWhy, "until": until}
	if err := s.Witness.Note(ctx, actor, "station.override", "chart/copy", detail); err != nil {
		return err
	}
	s.check.mu.Lock()
	for _, root := range s.cfg.Roots {
		s.check.over[root] = override{until: until, by: [2]string{first.Name, second.Name}}
	}
	s.check.mu.Unlock()
	s.look(ctx)
	return nil
}

// Decision is what two persons say who open a suspect copy.
type Decision struct {
	Why, SecondWhy string
	Hours          int
}

// look has the shelf look at its roots again.
func (s *Station) look(ctx context.Context) {
	if opened := s.stacks.shelf.Load(); opened != nil {
		opened.Look(ctx)
	}
}
