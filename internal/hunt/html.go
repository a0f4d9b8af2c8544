package hunt

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/sigma"
)

//go:embed report.html report.css text_ja.json text_en.json
var files embed.FS

// Texts are the sentences of the package.
func Texts() fs.FS { return files }

func itoa(n int) string { return strconv.Itoa(n) }

// page is what the template is given.
type page struct {
	*Report
	Lang     text.Lang
	Style    template.CSS
	Made     time.Time
	Inputs   []string
	Zone     string
	Bars     []bar
	Width    int
	Legend   []sigma.Level
	Steps    []stepCount
	MoreHits int
	Notes    []text.Msg
	Lost     int // losses altogether
}

// bar is a column of the timeline.
type bar struct {
	X, Width int
	Parts    []part
	Label    string
	Total    int
}

type part struct {
	Y, Height int
	Level     string
}

type stepCount struct {
	Step rulepack.Step
	Hits int
}

// Sizes of the timeline, in pixels of its own space.
const (
	maxBars   = 96
	barHeight = 120
	openRows  = 20 // rows of a list that stand open; the others are folded
)

// WriteHTML writes the report as one page that needs nothing else.
func (r *Report) WriteHTML(out io.Writer, words Words, inputs []string, made time.Time) error {
	style, err := files.ReadFile("report.css")
	if err != nil {
		return err
	}
	t, err := template.New("report.html").Funcs(words.funcs()).ParseFS(files, "report.html")
	if err != nil {
		return err
	}
	return t.Execute(out, r.page(words, template.CSS(style), inputs, made))
}

func (words Words) funcs() template.FuncMap {
	return template.FuncMap{
		"under": func(file string, inputs []string) string {
			if len(inputs) == 1 { // a single folder stands at the top of the page
				file = strings.TrimPrefix(file, strings.TrimRight(inputs[0], `/\`)+string(filepath.Separator))
			}
			return printable(file)
		},
		"t":     func(key string, args ...any) string { return words.t(key, args...) },
		"say":   words.Say,
		"when":  words.time,
		"title": func(r *rulepack.Rule) string { return words.title(r.Title()) },
		"level": words.level,
		"wrong": func(p sigma.Problem) string { return printable(words.Say(rulepack.SayWhole(&p))) },
		"shape": shapeOf,
		"about": func(r *rulepack.Rule) string {
			if r.About == nil {
				return ""
			}
			return words.title(r.About.Why)
		},
		"todo": func(r *rulepack.Rule) []string {
			var out []string
			if r.About != nil {
				for _, do := range r.About.Do {
					out = append(out, words.title(do))
				}
			}
			return out
		},
		"dict": func(pairs ...any) map[string]any {
			m := map[string]any{}
			for i := 0; i+1 < len(pairs); i += 2 {
				m[fmt.Sprint(pairs[i])] = pairs[i+1]
			}
			return m
		},
		"clip":   func(s string) string { return clip(s, 160) },
		"clear":  printable,
		"head":   func(rows []NameCount) []NameCount { return rows[:min(len(rows), openRows)] },
		"tail":   func(rows []NameCount) []NameCount { return rows[min(len(rows), openRows):] },
		"known":  func(rows []RuleCount) []RuleCount { return rows[:min(len(rows), openRows)] },
		"others": func(rows []RuleCount) []RuleCount { return rows[min(len(rows), openRows):] },
	}
}

func (r *Report) page(words Words, style template.CSS, inputs []string, made time.Time) page {
	p := page{Report: r, Lang: words.Lang, Style: style, Made: made, Inputs: make([]string, len(inputs)), Legend: []sigma.Level{sigma.Critical, sigma.High, sigma.Medium, sigma.Low, sigma.Informational}, Zone: words.zone(made), MoreHits: r.Hits - len(r.Shown), Notes: r.notes(), Lost: len(r.Losses) + r.Lost}
	for i, in := range inputs {
		p.Inputs[i] = printable(display(in))
	}
	p.Bars, p.Width = r.bars(words)
	for step, n := range r.ByStep {
		if n > 0 {
			p.Steps = append(p.Steps, stepCount{rulepack.Step(step), n})
		}
	}
	return p
}

// shapeOf is the sign that stands beside a level's word, so that colour is
// never alone.
func shapeOf(l sigma.Level) string {
	return [...]string{"○", "○", "◇", "△", "▲", "■"}[min(int(l), 5)]
}

func clip(s string, n int) string {
	letters := []rune(s)
	if len(letters) <= n {
		return s
	}
	return string(letters[:n]) + "…"
}

// bars puts the hours into at most maxBars columns of equal time.
func (r *Report) bars(words Words) ([]bar, int) {
	if len(r.Hours) == 0 {
		return nil, 0
	}
	first, last := r.Hours[0].Hour, r.Hours[len(r.Hours)-1].Hour
	hours := int(last.Sub(first)/time.Hour) + 1
	each := max(1, (hours+maxBars-1)/maxBars)
	n := (hours + each - 1) / each
	counts := make([][sigma.Critical + 1]int, n)
	most := 1
	for _, h := range r.Hours {
		i := int(h.Hour.Sub(first)/time.Hour) / each
		total := 0
		for l, c := range h.ByLevel {
			counts[i][l] += c
			total += counts[i][l]
		}
		most = max(most, total)
	}
	const width = 9
	out := make([]bar, n)
	for i, c := range counts {
		from := first.Add(time.Duration(i*each) * time.Hour)
		b := bar{X: i * (width + 1), Width: width}
		y := barHeight
		for l := sigma.Critical; ; l-- {
			if c[l] > 0 {
				h := max(2, c[l]*barHeight/most)
				y -= h
				b.Parts = append(b.Parts, part{Y: max(0, y), Height: h, Level: "l" + strconv.Itoa(int(l))})
				b.Total += c[l]
			}
			if l == 0 {
				break
			}
		}
		b.Label = fmt.Sprintf("%s – %s: %d", words.time(from), words.time(from.Add(time.Duration(each)*time.Hour)), b.Total)
		out[i] = b
	}
	return out, n * (width + 1)
}
