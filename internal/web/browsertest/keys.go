package browsertest

import (
	"context"
	"strings"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// insert types words as an input method does: all at once.
func insert(words string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error { return input.InsertText(words).Do(ctx) })
}

func press(key string) chromedp.Action {
	key, shift := strings.CutPrefix(key, "Shift+")
	switch key {
	case "Tab":
		key = kb.Tab
	case "Enter":
		key = kb.Enter
	case "Escape":
		key = kb.Escape
	case "Space":
		key = " "
	case "Up":
		key = kb.ArrowUp
	case "Down":
		key = kb.ArrowDown
	}
	return chromedp.ActionFunc(func(ctx context.Context) error {
		for _, e := range events(key, shift) {
			if err := e.Do(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// events are those of one key. chromedp sends the letter apart from the key,
// so that a page which takes the key would get the letter all the same; a real
// keyboard does not do that.
func events(key string, shift bool) []*input.DispatchKeyEventParams {
	var out []*input.DispatchKeyEventParams
	for _, r := range key {
		for _, e := range kb.Encode(r) {
			if shift {
				e.Modifiers |= input.ModifierShift
			}
			if e.Type == input.KeyChar && len(out) > 0 {
				down := out[len(out)-1]
				down.Text, down.UnmodifiedText = e.Text, e.UnmodifiedText
				continue
			}
			out = append(out, e)
		}
	}
	return out
}

// Focused gives the words of the thing that has the focus, or nothing.
func (p *Page) Focused() string {
	p.t.Helper()
	var words string
	p.call(&words, "focused")
	return words
}

func (p *Page) focusOn(words string) bool {
	p.t.Helper()
	name := p.Focused()
	if name != "" {
		var visible bool
		p.call(&visible, "focusVisible")
		if !visible {
			p.t.Errorf("%s: %q has the focus and does not show it", p.where(), name)
		}
	}
	return strings.HasPrefix(name, words)
}
