package browsertest

import (
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// spot is where a click goes.
type spot struct {
	X, Y   float64
	Leaves bool
	Error  string
}

// Click clicks the link, button or fold with the words, with the mouse, in its
// middle; something that lies over it fails the test. When the click leads to
// another page, it waits for that page.
func (p *Page) Click(words string) *Page {
	p.t.Helper()
	var at spot
	p.call(&at, "clickable", words)
	return p.click(words, at)
}

func (p *Page) click(words string, at spot) *Page {
	p.t.Helper()
	if at.Error != "" {
		p.t.Fatalf("%s: %q cannot be clicked: %s", p.where(), words, at.Error)
	}
	p.clicks++
	if at.Leaves {
		p.leave(chromedp.MouseClickXY(at.X, at.Y))
	} else {
		p.run(chromedp.MouseClickXY(at.X, at.Y))
	}
	return p
}

// Clicks is how often the reader has clicked, ticked, or pressed Enter so far.
// Typing and choosing from a list are not counted.
func (p *Page) Clicks() int { return p.clicks }

// Within runs do and fails when it took more than budget clicks.
func (p *Page) Within(budget int, do func()) *Page {
	p.t.Helper()
	before := p.clicks
	do()
	if n := p.clicks - before; n > budget {
		p.t.Errorf("%s: took %d clicks, the budget is %d", p.where(), n, budget)
	}
	return p
}

// Fill types a value into the field with the label, in place of what was
// there. Dates are 2006-01-02, times 2006-01-02T15:04.
func (p *Page) Fill(label, value string) *Page {
	p.t.Helper()
	var say string
	p.call(&say, "fill", label, value)
	switch say {
	case "":
	case "type":
		p.run(chromedp.KeyEvent(kb.Delete), insert(value))
	default:
		p.t.Fatalf("%s: field %q: %s", p.where(), label, say)
	}
	return p
}

// Choose chooses an option of the list with the label by the option's words.
func (p *Page) Choose(label, option string) *Page {
	p.t.Helper()
	var say string
	p.call(&say, "choose", label, option)
	if say != "" {
		p.t.Fatalf("%s: list %q, option %q: %s", p.where(), label, option, say)
	}
	return p
}

// Tick clicks the box or radio button with the words. group is the words of
// the heading above its group, or empty when the words stand alone.
func (p *Page) Tick(group, words string) *Page {
	p.t.Helper()
	var at spot
	p.call(&at, "choice", words, group)
	return p.click(words, at)
}

// Attach puts a file of this machine into the file field with the label.
func (p *Page) Attach(label, path string) *Page {
	p.t.Helper()
	var selector string
	p.call(&selector, "fileField", label)
	if selector == "" {
		p.t.Fatalf("%s: no file field is labelled %q", p.where(), label)
	}
	p.run(chromedp.SetUploadFiles(selector, []string{path}, chromedp.ByQuery))
	return p
}

// Press presses keys one after the other: "Tab", "Shift+Tab", "Enter",
// "Space", "Escape", "Up", "Down", or a letter. A key that leads to another
// page is for Follow.
func (p *Page) Press(keys ...string) *Page {
	p.t.Helper()
	for _, key := range keys {
		p.run(press(key))
	}
	return p
}

// Follow presses the keys; the last one leads to another page, for which it
// waits. It counts as one click.
func (p *Page) Follow(keys ...string) *Page {
	p.t.Helper()
	p.clicks++
	p.Press(keys[:len(keys)-1]...)
	p.leave(press(keys[len(keys)-1]))
	return p
}

// Type types words into whatever has the focus.
func (p *Page) Type(words string) *Page {
	p.t.Helper()
	p.run(insert(words))
	return p
}

// TabTo presses Tab until the thing with the words has the focus, at most 150
// times. Each thing on the way must show that it has the focus.
func (p *Page) TabTo(words string) *Page {
	p.t.Helper()
	for range 150 {
		p.Press("Tab")
		if p.focusOn(words) {
			return p
		}
	}
	p.t.Fatalf("%s: Tab does not reach %q", p.where(), words)
	return p
}
