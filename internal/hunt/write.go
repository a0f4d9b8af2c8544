package hunt

import (
	"bufio"
	"encoding/csv"
	"io"
	"strings"
	"time"

	"golang.org/x/text/width"

	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/sigma"
)

// Output is a form of the results.
type Output string

// The forms. Table and HTML are made of the report, JSON Lines and CSV of each
// hit as it comes.
const (
	Table Output = "table"
	JSONL Output = "jsonl"
	CSV   Output = "csv"
	HTML  Output = "html"
)

// Outputs lists the forms.
func Outputs() []Output { return []Output{Table, JSONL, CSV, HTML} }

// Words says a sentence in the reader's language.
type Words struct {
	Say  func(text.Msg) string
	Lang text.Lang
	Zone *time.Location
}

func (w Words) t(key string, args ...any) string { return w.Say(text.M(key, args...)) }

// title is a rule's name in the reader's language.
func (w Words) title(titles interface{ In(text.Lang) string }) string { return titles.In(w.Lang) }

// Streamer gives what Options.Hit does for a streamed form, and a flush; both
// are nil for forms that are made of the report.
func Streamer(form Output, out io.Writer) (hit func(*Hit) error, flush func() error, err error) {
	switch form {
	case JSONL:
		w := bufio.NewWriter(out)
		var line []byte
		return func(h *Hit) error {
			line = append(h.AppendJSON(line[:0]), '\n')
			_, err := w.Write(line)
			return err
		}, w.Flush, nil
	case CSV:
		w := csv.NewWriter(out)
		if _, err := io.WriteString(out, "\xef\xbb\xbf"); err != nil { // Excel reads UTF-8 only so
			return nil, nil, err
		}
		return rows(w), func() error { w.Flush(); return w.Error() }, w.Write(csvHead())
	}
	return nil, nil, nil
}

func rows(w *csv.Writer) func(*Hit) error {
	return func(h *Hit) error { return w.Write(h.csvRow()) }
}

// listedHosts is how many hosts the table lists, and listedLosses how many losses.
const (
	listedHosts  = 20
	listedLosses = 50
)

// WriteTable writes the report for a terminal.
func (r *Report) WriteTable(out io.Writer, words Words) error {
	if len(r.ByRule) > 0 {
		rules := grid{{words.t("hunt.col.level"), words.t("hunt.col.hits"), words.t("hunt.col.hosts"), words.t("hunt.col.first"), words.t("hunt.col.last"), words.t("hunt.col.rule")}}
		for _, c := range r.ByRule {
			rules = append(rules, []string{words.level(c.Rule.Level()), itoa(c.Hits), itoa(c.Hosts), words.time(c.First), words.time(c.Last), words.title(c.Rule.Title())})
		}
		hosts := grid{{words.t("hunt.col.level"), words.t("hunt.col.hits"), words.t("hunt.col.rules"), words.t("hunt.col.first"), words.t("hunt.col.last"), words.t("hunt.col.host")}}
		for _, c := range r.ByHost[:min(len(r.ByHost), listedHosts)] {
			hosts = append(hosts, []string{words.level(c.Worst), itoa(c.Hits), itoa(c.Rules), words.time(c.First), words.time(c.Last), c.Name})
		}
		text := string(rules.text()) + "\n" + string(hosts.text())
		if more := len(r.ByHost) - listedHosts; more > 0 {
			text += words.t("hunt.summary.hosts", more) + "\n"
		}
		if _, err := io.WriteString(out, text+"\n"+words.t("hunt.summary.zone", words.zone(r.Ended))+"\n"); err != nil {
			return err
		}
	}
	return r.WriteSummary(out, words)
}

// grid is rows of cells; the second and third column are numbers.
type grid [][]string

// text sets the cells below each other by the places they take on a terminal,
// where a Japanese letter takes two.
func (g grid) text() []byte {
	widths := make([]int, len(g[0]))
	for _, row := range g {
		for i, cell := range row {
			row[i] = printable(cell)
			widths[i] = max(widths[i], places(row[i]))
		}
	}
	var out []byte
	for _, row := range g {
		for i, cell := range row {
			gap := widths[i] - places(cell)
			number := i == 1 || i == 2
			if number {
				out = append(out, strings.Repeat(" ", gap)...)
			}
			out = append(out, cell...)
			if i < len(row)-1 {
				if !number {
					out = append(out, strings.Repeat(" ", gap)...)
				}
				out = append(out, "  "...)
			}
		}
		out = append(out, '\n')
	}
	return out
}

// places is how many columns of a terminal a text takes.
func places(s string) int {
	n := 0
	for _, c := range s {
		n++
		if k := width.LookupRune(c).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
			n++
		}
	}
	return n
}

// WriteSummary writes what was looked at and what could not be read.
func (r *Report) WriteSummary(out io.Writer, words Words) error {
	lines := []string{words.t("hunt.summary", r.Events, r.Read, r.Rules, r.Hits)}
	for _, note := range r.notes() {
		lines = append(lines, words.Say(note))
	}
	if n := len(r.Losses); n > 0 {
		lines = append(lines, words.t("hunt.summary.lost", n+r.Lost))
		for i, l := range r.Losses {
			if i == listedLosses {
				lines = append(lines, "  "+words.t("hunt.summary.more", n+r.Lost-i))
				break
			}
			line := "  " + printable(l.File) + ": " + printable(words.Say(l.What))
			if l.Count > 1 {
				line += words.t("hunt.times", l.Count)
			}
			lines = append(lines, line)
		}
	}
	_, err := io.WriteString(out, strings.Join(lines, "\n")+"\n")
	return err
}

// notes is what a reader must know beside the numbers.
func (r *Report) notes() []text.Msg {
	var out []text.Msg
	if r.Stopped {
		out = append(out, text.M("hunt.summary.stopped"))
	}
	switch {
	case r.Events == 0:
		out = append(out, text.M("hunt.summary.nothing"))
	case r.Hits == 0:
		out = append(out, text.M("hunt.summary.none"))
	}
	if r.Passed > 0 {
		out = append(out, text.M("hunt.summary.passed", r.Passed))
	}
	if len(r.Refused) > 0 {
		out = append(out, text.M("hunt.summary.refused", len(r.Refused)))
	}
	if r.Overfed > 0 {
		out = append(out, text.M("hunt.summary.overfed", r.Overfed))
	}
	if r.Crowded {
		out = append(out, text.M("hunt.summary.crowded"))
	}
	return out
}

func (w Words) level(l sigma.Level) string { return w.t("hunt.level." + l.String()) }

// zone names the time zone with its distance from UTC at a time.
func (w Words) zone(at time.Time) string {
	name := w.Zone.String()
	if name == "Asia/Tokyo" {
		name = w.t("hunt.zone.tokyo")
	}
	if w.Zone == time.UTC {
		return name
	}
	return name + " (UTC" + at.In(w.Zone).Format("-07:00") + ")"
}

func (w Words) time(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.In(w.Zone).Format("2006-01-02 15:04:05")
}

// printable keeps control characters, which an attacker may have put into a
// name, from the terminal.
func printable(s string) string {
	return strings.Map(visible, s)
}

// Printable is printable for messages about what was named in files of others.
func Printable(s string) string { return printable(s) }

func visible(c rune) rune {
	if c < 0x20 || c == 0x7f || c >= 0x80 && c < 0xa0 || c == 0x200e || c == 0x200f || c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069 {
		return '\ufffd'
	}
	return c
}
