package detect

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/internal/ledger"
)

// live is what is going on: alerts whose episode may go on, stories that are
// not closed. Everything in it is written or in the draft.
type live struct {
	alerts  map[string]*Alert // by key: the latest of each
	stories map[string]*Story // by ID
	lastNo  int               // of alerts
	lastSNo int               // of stories
	opened  map[hourOf]int    // alerts opened in an hour of entries, by family; "" counts all
	except  []*Exception
}

type hourOf struct {
	family string
	hour   int64
}

// Limits of a storm: more alerts than these in one hour become one.
const (
	stormFamily = 60
	stormAll    = 600
	// maxLive bounds the alerts held in memory; older ones are read again from
	// the database when a finding comes for them.
	maxLive = 5000
	// maxHours bounds the hours of entries that are counted at the same time:
	// uploads may bring any.
	maxHours = 20_000
)

// found folds a finding into its alert. It is called under mu.
func (d *Desk) found(s sighting) {
	if x := d.excepted(&s); x != nil {
		d.draft.hide(x, s.at)
		if !s.retro {
			d.tallyHidden(s.rule)
		}
		return
	}
	key, host, entity := s.key()
	a := d.episode(key, &s)
	if a == nil {
		a = d.open(key, host, entity, &s)
	}
	news := d.add(a, &s)
	d.draft.alert(a)
	if news {
		d.chain(a)
	}
}

// key names the episode to which a finding belongs: family, host, and the
// account or the source.
func (s *sighting) key() (key, host, entity string) {
	switch s.rule.By {
	case rulepack.ByAccount:
		entity = s.account
	case rulepack.BySource:
		entity = s.source.Key
	case rulepack.ByHost:
	default:
		if entity = s.account; entity == "" {
			entity = s.source.Key
		}
	}
	host = s.host.Key
	parts := []string{s.rule.Family, host, entity}
	if s.retro {
		parts = append(parts, "retro")
	}
	return strings.Clone(strings.Join(parts, "\x1f")), host, entity
}

// episode finds the alert that goes on, or nil.
func (d *Desk) episode(key string, s *sighting) *Alert {
	a := d.live.alerts[key]
	if a == nil && !d.full(s) {
		a = d.storedByKey(key)
		if a != nil {
			d.live.alerts[key] = a
		}
	}
	if a == nil || a.State == IsClosed || s.at.Sub(a.Last) > EpisodeEnd || a.First.Sub(s.at) > EpisodeEnd {
		return nil
	}
	return a
}

// full says whether the hour has had as many alerts as it may, so that no
// further one is opened.
func (d *Desk) full(s *sighting) bool {
	hour := s.at.Unix() / 3600
	return d.live.opened[hourOf{s.rule.Family, hour}] >= stormFamily || d.live.opened[hourOf{"", hour}] >= stormAll
}

// open makes a new alert, or gives the one that stands for too many.
func (d *Desk) open(key, host, entity string, s *sighting) *Alert {
	if d.full(s) {
		return d.storm(s)
	}
	hour := s.at.Unix() / 3600
	if len(d.live.opened) > maxHours {
		d.live.opened = map[hourOf]int{}
	}
	d.live.opened[hourOf{s.rule.Family, hour}]++
	d.live.opened[hourOf{"", hour}]++
	a := d.newAlert(key, s)
	d.complete(s)
	a.Host, a.Line, a.Vendor, a.Values = s.host, s.line, s.vendor, s.values
	if prev := d.live.alerts[key]; prev != nil {
		a.Prev = prev.ID
	}
	d.live.alerts[key] = a
	return a
}

func (d *Desk) newAlert(key string, s *sighting) *Alert {
	d.live.lastNo++
	return &Alert{ID: ledger.NewID(), No: d.live.lastNo, Key: key, Family: s.rule.Family, State: IsNew, Retro: s.retro, Old: s.old,
		First: s.at, Last: s.at, Opened: d.cfg.Clock().UTC()}
}

// storm gives the alert that stands for all further ones of the hour: of the
// family, or of everything.
func (d *Desk) storm(s *sighting) *Alert {
	hour := s.at.Unix() / 3600
	family := s.rule.Family
	if d.live.opened[hourOf{"", hour}] >= stormAll {
		family = ""
	}
	key := strings.Join([]string{"storm", family, time.Unix(hour*3600, 0).UTC().Format("2006-01-02T15")}, "\x1f")
	a := d.live.alerts[key]
	if a == nil {
		a = d.storedByKey(key)
	}
	if a == nil || a.State == IsClosed {
		prev := a
		a = d.newAlert(key, s)
		a.Storm = true
		if prev != nil {
			a.Prev = prev.ID
		}
	}
	d.live.alerts[key] = a
	return a
}

// add counts the finding in its alert, and says whether it brings something
// that matters for linking.
func (d *Desk) add(a *Alert, s *sighting) (news bool) {
	c := a.rule(s.rule)
	c.Count++
	c.Level = max(c.Level, s.level)
	news = a.Count == 0 || s.level > a.Level || s.at.Sub(a.chained) > time.Minute
	a.Count++
	a.Level = max(a.Level, s.level)
	since := s.at.Sub(a.Last)
	if s.at.Before(a.First) {
		a.First = s.at
	}
	if s.at.After(a.Last) {
		a.Last = s.at
	}
	a.Retro, a.Old, a.touched = a.Retro && s.retro, a.Old && s.old, d.cfg.Clock()
	for _, step := range s.rule.Steps {
		if !slices.Contains(a.Steps, step) {
			a.Steps, news = append(a.Steps, step), true
			slices.Sort(a.Steps)
		}
	}
	news = a.name(s) || news
	if a.Kept < firstKept || since >= sampleEvery { // the beginning is kept whole; then one in a while is enough
		d.sample(a, s)
	}
	if news {
		a.chained = s.at
	}
	return news
}

// name adds whom and what the finding names; true when one is new.
func (a *Alert) name(s *sighting) bool {
	before := len(a.Sources) + len(a.Others) + len(a.Accounts)
	if !a.Storm {
		a.Sources = addNamed(a.Sources, s.source, maxSources)
		for _, o := range s.others {
			a.Others = addNamed(a.Others, o, maxSources)
		}
	}
	for i := -1; i < len(s.accounts); i++ {
		name := s.account
		if i >= 0 {
			name = s.accounts[i]
		}
		if name != "" && len(a.Accounts) < maxAccounts && !slices.Contains(a.Accounts, name) {
			a.Accounts = append(a.Accounts, strings.Clone(name))
		}
	}
	for _, place := range [...]string{"count", "value"} {
		if v := s.values[place]; v != "" && a.Values != nil {
			a.Values[place] = v
		}
	}
	return len(a.Sources)+len(a.Others)+len(a.Accounts) > before
}

// sampleEvery is how far apart later findings of an alert are kept.
const sampleEvery = 10 * time.Second

func (d *Desk) sample(a *Alert, s *sighting) {
	put := func(m Sample) {
		d.draft.samples = append(d.draft.samples, keptSample{alert: a.ID, slot: slot(int64(a.Kept)), sample: m})
		a.Kept++
	}
	for _, p := range s.refs {
		if a.Kept < firstKept-1 {
			put(Sample{Rule: s.rule.Ref, At: p, Time: s.at})
		}
	}
	put(Sample{Rule: s.rule.Ref, At: s.pos, Time: s.at, Host: s.host.Name, Account: strings.Clone(s.account), Source: s.source.Name, Text: s.text()})
}

func addNamed(list []Named, n Named, most int) []Named {
	if n.Key == "" || len(list) >= most {
		return list
	}
	for i := range list {
		if list[i].Key == n.Key {
			return list
		}
	}
	return append(list, n)
}

// refresh brings alerts of correlations up to date: a correlation fires once
// when it begins to hold, and its episode goes on without firing. It is called
// when the memory of correlations is about to be written.
func (d *Desk) refresh() {
	o := &d.observer
	for pack, c := range o.correl {
		for _, f := range c.state.Open() {
			place, ok := o.set.byKey[pack][f.Correlation.Key()]
			if !ok || !o.set.rules[place].On {
				continue
			}
			s := d.sightFiring(o.set.rules[place], &f, nil)
			key, _, _ := s.key()
			a := d.live.alerts[key]
			if a == nil || a.State == IsClosed || !f.Last.After(a.Last) {
				continue
			}
			if rc := a.rule(s.rule); int64(f.Hits) > rc.Count {
				a.Count += int64(f.Hits) - rc.Count
				rc.Count = int64(f.Hits)
			}
			a.Last, a.touched = f.Last, d.cfg.Clock()
			a.name(&s)
			d.draft.alert(a)
		}
	}
}

// shrink drops from memory what can hardly go on. It is called after a commit,
// when everything is written.
func (d *Desk) shrink(now time.Time) {
	for key, a := range d.live.alerts {
		if now.Sub(a.touched) > EpisodeEnd {
			delete(d.live.alerts, key)
		}
	}
	if over := len(d.live.alerts) - maxLive; over > 0 {
		all := slices.SortedFunc(maps.Values(d.live.alerts), func(a, b *Alert) int {
			return cmp.Or(a.touched.Compare(b.touched), cmp.Compare(a.No, b.No))
		})
		for _, a := range all[:over] {
			delete(d.live.alerts, a.Key)
		}
	}
	for id, s := range d.live.stories {
		if now.Sub(s.Last) > storyLife && now.Sub(s.touched) > storyLife {
			delete(d.live.stories, id)
		}
	}
}
