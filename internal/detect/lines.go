package detect

import (
	"strings"
	"time"

	"github.com/torideproject/toride/internal/text"
)

// storyLine is one sentence of a story: an alert, and the later ones that say
// the same of further computers or accounts.
type storyLine struct {
	first *Alert
	rest  []*Alert
}

// lines folds the alerts of a story by the rule that tells the sentence, in the
// order in which each began. A director reads thirty lines, not three hundred;
// no alert is left out. One that stands for a storm is a line of its own.
func (t *tale) lines() []storyLine {
	var out []storyLine
	place := map[string]int{}
	for _, a := range t.Alerts {
		key := a.ID
		if !a.Storm {
			key = a.telling().Rule
		}
		if i, known := place[key]; known {
			out[i].rest = append(out[i].rest, a)
			continue
		}
		place[key] = len(out)
		out = append(out, storyLine{first: a})
	}
	return out
}

// telling is the rule whose sentence an alert is told by: of those that bring
// one, that of the highest level.
func (a *Alert) telling() RuleCount {
	best := a.Rules[0]
	for _, r := range a.Rules {
		if r.Level > best.Level && !r.Tell.Zero() {
			best = r
		}
	}
	return best
}

// also says of whom else the line is true: of how many further computers, of
// how many further accounts on the same one, or how often again.
func (l storyLine) also() text.Msg {
	if len(l.rest) == 0 {
		return text.Msg{}
	}
	hosts, accounts := map[string]bool{}, map[string]bool{}
	for _, a := range l.rest {
		if a.Host.Key != "" && a.Host.Key != l.first.Host.Key {
			hosts[a.Host.Key] = true
		}
		for _, name := range a.Accounts {
			accounts[name] = true
		}
	}
	for _, name := range l.first.Accounts {
		delete(accounts, name)
	}
	switch {
	case len(hosts) > 0:
		return text.M("detect.also.hosts", len(hosts))
	case len(accounts) > 0:
		return text.M("detect.also.accounts", len(accounts))
	}
	return text.M("detect.also.again", len(l.rest))
}

// last is when the last of the line's alerts was last seen, and count how often
// all of them were.
func (l storyLine) last() (at time.Time, count int64) {
	at, count = l.first.Last, l.first.Count
	for _, a := range l.rest {
		if count += a.Count; a.Last.After(at) {
			at = a.Last
		}
	}
	return at, count
}

// StoryLine is a line as the page shows it. The row is its first alert; its time
// and count are those of all.
type StoryLine struct {
	AlertRow
	Also text.Msg // zero: nothing else
	Rest []AlertRow
}

// storyLines gives the lines of a page and, by alert, the number of its line.
func (v Voice) storyLines(t *tale, now time.Time) (out []StoryLine, numbers map[string]int) {
	numbers = map[string]int{}
	for i, l := range t.lines() {
		line := StoryLine{AlertRow: v.row(l.first, now), Also: l.also()}
		line.N = i + 1
		numbers[l.first.ID] = i + 1
		for _, a := range l.rest {
			row := v.row(a, now)
			row.N = i + 1
			numbers[a.ID] = i + 1
			line.Rest = append(line.Rest, row)
		}
		last, count := l.last()
		line.Last, line.Count, line.Long = last, int(count), last.Sub(line.First) >= time.Minute
		out = append(out, line)
	}
	return out, numbers
}

// sentences tell the story in order of time, each with its time and how often.
func (v Voice) sentences(t *tale) []string {
	var out []string
	for _, l := range t.lines() {
		say := v.alert(l.first)
		if also := l.also(); !also.Zero() {
			say = v.Say(text.M("detect.line.also", strings.TrimRight(say, "。."), also))
		}
		last, count := l.last()
		line := text.M("detect.line", l.first.First, say)
		if count > 1 {
			line = text.M("detect.line.count", l.first.First, say, int(count), last)
		}
		out = append(out, v.Say(line))
	}
	return out
}
