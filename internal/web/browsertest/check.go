package browsertest

import (
	"fmt"
	"strings"

	"github.com/chromedp/chromedp"
)

// See checks that each of the words stands on the page and can be seen.
func (p *Page) See(words ...string) *Page {
	p.t.Helper()
	text := p.text()
	for _, w := range words {
		if !strings.Contains(text, strings.Join(strings.Fields(w), " ")) {
			p.t.Errorf("%s: the page does not say %q; it says: %.1500s", p.where(), w, text)
		}
	}
	return p
}

// Lacks checks that none of the words can be seen.
func (p *Page) Lacks(words ...string) *Page {
	p.t.Helper()
	text := p.text()
	for _, w := range words {
		if strings.Contains(text, w) {
			p.t.Errorf("%s: the page says %q", p.where(), w)
		}
	}
	return p
}

func (p *Page) text() string {
	p.t.Helper()
	var text string
	p.Eval("document.body.innerText", &text)
	return strings.Join(strings.Fields(text), " ")
}

// violation is what axe-core found.
type violation struct {
	ID, Impact, Help string
	Nodes            []struct {
		HTML           string
		Target         []any
		FailureSummary string
	}
}

// Axe checks the page as it stands with every rule of axe-core, best practices
// included. A page of the same shape (elements, classes, roles, without words)
// and width is checked once in a browser: another language has the same faults.
func (p *Page) Axe() *Page {
	p.t.Helper()
	var shape string
	p.call(&shape, "shape")
	if _, checked := p.shapes.LoadOrStore(shape, true); checked {
		return p
	}
	var found []violation
	p.run(chromedp.Evaluate(p.axe+";0", nil))
	p.Eval(`axe.run(document, {resultTypes: ["violations"]}).then((r) => r.violations)`, &found)
	for _, v := range found {
		var b strings.Builder
		for i, n := range v.Nodes {
			if i == 5 {
				fmt.Fprintf(&b, "\n  … %d more", len(v.Nodes)-i)
				break
			}
			fmt.Fprintf(&b, "\n  %v %.200s\n    %s", n.Target, n.HTML, strings.ReplaceAll(n.FailureSummary, "\n", " "))
		}
		p.t.Errorf("%s: axe %s (%s): %s%s", p.where(), v.ID, v.Impact, v.Help, b.String())
	}
	return p
}

// Fits checks that nothing sticks out of the window to the side and that main
// buttons are at least 44 pixels high.
func (p *Page) Fits() *Page {
	p.t.Helper()
	var out []string
	p.call(&out, "sideways")
	for _, what := range out {
		p.t.Errorf("%s: sticks out to the right: %s", p.where(), what)
	}
	p.call(&out, "small")
	for _, what := range out {
		p.t.Errorf("%s: the button %q is lower than 44 pixels", p.where(), what)
	}
	return p
}

// Quiet fails when the console has reported an exception, an error, a warning,
// or something that the content security policy refused, since the last call.
// It runs by itself at the end of the test.
func (p *Page) Quiet() *Page {
	p.t.Helper()
	for _, say := range p.Trouble() {
		p.t.Errorf("console: %s", say)
	}
	return p
}

// Trouble takes what the console has reported so far, for tests that expect
// some.
func (p *Page) Trouble() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	said := p.trouble
	p.trouble = nil
	return said
}
