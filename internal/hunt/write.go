package hunt

import (
	"bufio"
	"encoding/csv"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/torideproject/toride/internal/text"
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

// WriteTable writes the report for a terminal.
func (r *Report) WriteTable(out io.Writer, words Words) error {
	w := tabwriter.NewWriter(out, 2, 4, 2, ' ', 0)
	row := func(cells ...string) {
		for i, c := range cells {
			cells[i] = printable(c)
		}
		_, _ = io.WriteString(w, strings.Join(cells, "\t")+"\n") // Flush reports what failed
	}
	if len(r.ByRule) > 0 {
		row(words.t("hunt.col.level"), words.t("hunt.col.hits"), words.t("hunt.col.hosts"), words.t("hunt.col.first"), words.t("hunt.col.last"), words.t("hunt.col.rule"))
		for _, c := range r.ByRule {
			row(words.t("hunt.level."+c.Rule.Level().String()), itoa(c.Hits), itoa(c.Hosts), words.time(c.First), words.time(c.Last), words.title(c.Rule.Title()))
		}
		row("")
		row(words.t("hunt.col.level"), words.t("hunt.col.hits"), words.t("hunt.col.rules"), words.t("hunt.col.first"), words.t("hunt.col.last"), words.t("hunt.col.host"))
		for i, c := range r.ByHost {
			if i == 20 {
				row("…")
				break
			}
			row(words.t("hunt.level."+c.Worst.String()), itoa(c.Hits), itoa(c.Rules), words.time(c.First), words.time(c.Last), c.Name)
		}
		row("")
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return r.WriteSummary(out, words)
}

// WriteSummary writes what was looked at and what could not be read.
func (r *Report) WriteSummary(out io.Writer, words Words) error {
	lines := []string{words.t("hunt.summary", r.Events, r.Files, r.Rules, r.Hits)}
	if r.Hits == 0 {
		lines = append(lines, words.t("hunt.summary.none"))
	}
	if len(r.Refused) > 0 {
		lines = append(lines, words.t("hunt.summary.refused", len(r.Refused), r.Refused[0].Error()))
	}
	if r.Overfed > 0 {
		lines = append(lines, words.t("hunt.summary.overfed", r.Overfed))
	}
	if n := len(r.Losses); n > 0 {
		lines = append(lines, words.t("hunt.summary.lost", n+r.Lost))
		for i, l := range r.Losses {
			if i == 50 {
				lines = append(lines, words.t("hunt.summary.more", n+r.Lost-i))
				break
			}
			lines = append(lines, "  "+printable(l.File)+": "+words.Say(l.What)+words.t("hunt.times", l.Count))
		}
	}
	_, err := io.WriteString(out, strings.Join(lines, "\n")+"\n")
	return err
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
	return strings.Map(func(c rune) rune {
		if c < 0x20 || c == 0x7f || c >= 0x80 && c < 0xa0 || c == 0x200e || c == 0x200f || c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069 {
			return '\ufffd'
		}
		return c
	}, s)
}
