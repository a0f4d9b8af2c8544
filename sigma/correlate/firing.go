package correlate

import (
	"time"

	"github.com/torideproject/toride/sigma"
)

// Fields gives the values of an event, under the names that rules use.
type Fields interface {
	Get(name string) (value string, there bool)
}

// Ref is what the caller knows an event by; it comes back with the firing.
type Ref [16]byte

// Hit is an event that a rule matched.
type Hit struct {
	Rule   int       // from State.Rule
	Time   time.Time // of the event
	Fields Fields    // read during Observe only
	Ref    Ref
}

// Firing is the beginning of an episode, or in Open one that goes on.
type Firing struct {
	Correlation *sigma.Correlation
	Group       []sigma.Field // the group-by names and values, as the first hit wrote them
	Began       time.Time     // when the condition first held
	Last        time.Time     // when it last held; the same in a Firing that is new
	From        time.Time     // earliest hit that counted
	Number      float64       // what was compared: count, sum, average, percentile, rules together
	Hits        int           // since the condition first held, that one included
	Values      []string      // of ValueCount: latest distinct values, at most MaxEvidence
	Refs        []Ref         // latest hits of the group, at most MaxEvidence
}

// chained are the fields of a hit that a correlation's firing is for another
// correlation: the group's values, and behind them those of the event that
// completed it.
type chained struct {
	group []sigma.Field
	event Fields
}

func (c chained) Get(name string) (string, bool) {
	for _, f := range c.group {
		if f.Name == name {
			return f.Value, true
		}
	}
	if c.event == nil {
		return "", false
	}
	return c.event.Get(name)
}
