package detect

import (
	"bytes"
	"context"
	"encoding/csv"
	"strconv"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/internal/sheet"
	"github.com/torideproject/toride/internal/text"
)

// Exported is an alert in the form in which it leaves Toride: for an inspector,
// or as evidence. Names that change between versions are in no column.
type Exported struct {
	No       int             `json:"no"`
	Story    int             `json:"story,omitempty"`
	Level    string          `json:"level"`
	State    State           `json:"state"`
	Result   Outcome         `json:"result,omitempty"`
	Reason   string          `json:"reason,omitempty"`
	ClosedBy string          `json:"closed_by,omitempty"`
	AckedBy  string          `json:"acked_by,omitempty"`
	AckedAt  string          `json:"acked_at,omitempty"`
	First    string          `json:"first"`
	Last     string          `json:"last"`
	Noticed  string          `json:"noticed"`
	Count    int64           `json:"count"`
	Rules    []ExportedRule  `json:"rules"`
	Steps    []rulepack.Step `json:"steps"`
	Host     string          `json:"host,omitempty"`
	HostLog  string          `json:"host_in_log,omitempty"`
	Sources  []string        `json:"sources,omitempty"`
	Accounts []string        `json:"accounts,omitempty"`
	Line     string          `json:"line,omitempty"`
	Retro    bool            `json:"retro,omitempty"`
	Samples  []Sample        `json:"samples,omitempty"`
}

// ExportedRule is one rule of an exported alert.
type ExportedRule struct {
	Ref   string         `json:"ref"`
	Title rulepack.Words `json:"title"`
	Level string         `json:"level"`
	Count int64          `json:"count"`
}

func iso(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func exported(a *Alert, story int, samples []Sample) Exported {
	e := Exported{No: a.No, Story: story, Level: a.Level.String(), State: a.State, Result: a.Result, Reason: a.Close.Note, ClosedBy: a.Close.By,
		AckedBy: a.Ack.By, AckedAt: iso(a.Ack.At), First: iso(a.First), Last: iso(a.Last), Noticed: iso(a.Opened), Count: a.Count, Steps: a.Steps,
		Host: a.Host.Name, HostLog: a.Host.Raw, Accounts: a.Accounts, Line: a.Line.Name, Retro: a.Retro, Samples: samples}
	for _, s := range a.Sources {
		e.Sources = append(e.Sources, s.Name)
	}
	for _, r := range a.Rules {
		e.Rules = append(e.Rules, ExportedRule{r.Rule, r.Title, r.Level.String(), r.Count})
	}
	return e
}

// export gives a story with its evidence. Cost: one query for each alert.
func (d *Desk) export(ctx context.Context, t *tale) ([]Exported, error) {
	var out []Exported
	for _, a := range t.Alerts {
		samples, err := d.samples(ctx, a.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, exported(a, t.Story.No, samples))
	}
	return out, nil
}

// samples gives the findings that are kept of an alert, in order of time.
func (d *Desk) samples(ctx context.Context, alert string) ([]Sample, error) {
	return bodies[Sample](ctx, d.read(), "SELECT body FROM detect_sample WHERE alert = ? ORDER BY json_extract(body, '$.time'), slot", alert)
}

// sheet writes alerts as CSV for a spreadsheet: UTF-8 with the mark by which
// Excel knows it. A value that a spreadsheet would take for a formula gets an
// apostrophe before it, because log entries are written by strangers.
func table(list []Exported, v Voice) ([]byte, error) {
	var out bytes.Buffer
	out.WriteString("\xef\xbb\xbf")
	w := csv.NewWriter(&out)
	w.UseCRLF = true
	head := []string{"no", "story", "level", "state", "first", "last", "count", "rule", "host", "source", "account", "line", "steps", "result", "reason", "acked_by", "closed_by"}
	row := make([]string, len(head))
	for i, name := range head {
		row[i] = v.Say(text.M("detect.csv." + name))
	}
	if err := w.Write(row); err != nil {
		return nil, err
	}
	for _, e := range list {
		var titles, steps []string
		for _, r := range e.Rules {
			titles = append(titles, r.Title.In(v.Lang))
		}
		for _, s := range e.Steps {
			steps = append(steps, s.String())
		}
		story, result := "", ""
		if e.Story > 0 {
			story = strconv.Itoa(e.Story)
		}
		if e.Result != "" {
			result = v.Say(text.M("detect.result." + string(e.Result)))
		}
		row := []string{strconv.Itoa(e.No), story, v.Say(text.M("detect.level." + e.Level)), v.Say(text.M("detect.state." + string(e.State))), e.First, e.Last,
			strconv.FormatInt(e.Count, 10), strings.Join(titles, " / "), e.Host, strings.Join(e.Sources, " "), strings.Join(e.Accounts, " "), e.Line,
			strings.Join(steps, " "), result, e.Reason, e.AckedBy, e.ClosedBy}
		for i := range row {
			row[i] = sheet.Guard(row[i])
		}
		if err := w.Write(row); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return out.Bytes(), w.Error()
}
