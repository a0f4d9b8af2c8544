package browsertest

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Page is one reader's tab.
type Page struct {
	t      testing.TB
	ctx    context.Context
	base   string
	axe    string
	shapes *sync.Map
	clicks int
	got    chan file // what a click brought instead of a page

	mu      sync.Mutex
	trouble []string
	status  int64 // of the last page
}

// find.js holds the functions that look for things by a reader's words.
//
//go:embed find.js
var findJS string

// watch collects what the console says and what the network brings.
func (p *Page) watch() {
	chromedp.ListenTarget(p.ctx, func(ev any) {
		p.mu.Lock()
		defer p.mu.Unlock()
		switch e := ev.(type) {
		case *runtime.EventExceptionThrown:
			p.trouble = append(p.trouble, "exception: "+e.ExceptionDetails.Error())
		case *runtime.EventConsoleAPICalled:
			if e.Type == runtime.APITypeError || e.Type == runtime.APITypeWarning {
				p.trouble = append(p.trouble, fmt.Sprintf("console %s: %s", e.Type, args(e.Args)))
			}
		case *cdplog.EventEntryAdded:
			// The status of the page itself is the test's business.
			if e.Entry.Level == cdplog.LevelError && !(e.Entry.Source == cdplog.SourceNetwork && !isStatic(e.Entry.URL)) {
				p.trouble = append(p.trouble, fmt.Sprintf("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL))
			}
		case *network.EventResponseReceived:
			if e.Type == network.ResourceTypeDocument {
				p.status = e.Response.Status
			}
		}
	})
	chromedp.ListenTarget(p.ctx, p.watchFiles)
}

func isStatic(url string) bool { return strings.Contains(url, "/s/") }

func args(list []*runtime.RemoteObject) string {
	var words []string
	for _, a := range list {
		words = append(words, string(a.Value)+a.Description)
	}
	return strings.Join(words, " ")
}

// run runs actions and fails the test with the first error.
func (p *Page) run(actions ...chromedp.Action) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Run(ctx, actions...); err != nil {
		p.t.Fatalf("%s: %v", p.where(), err)
	}
}

// where is the path that the reader sees in the address bar.
func (p *Page) where() string {
	var url string
	ctx, cancel := context.WithTimeout(p.ctx, time.Second)
	defer cancel()
	if chromedp.Run(ctx, chromedp.Location(&url)) != nil {
		return "?"
	}
	return strings.TrimPrefix(url, p.base)
}

// Path is path and query of the page on which the reader is.
func (p *Page) Path() string { return p.where() }

// Status is the HTTP status of the page on which the reader is.
func (p *Page) Status() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return int(p.status)
}

// Open types an address. It counts as no click.
func (p *Page) Open(path string) *Page {
	p.t.Helper()
	p.run(chromedp.Navigate(p.base + path))
	return p
}

// Eval runs JavaScript in the page and puts its JSON value into out, which may
// be nil. The page's own content security policy does not hold for it.
func (p *Page) Eval(js string, out any) *Page {
	p.t.Helper()
	p.run(chromedp.Evaluate(js, out, func(e *runtime.EvaluateParams) *runtime.EvaluateParams { return e.WithAwaitPromise(true) }))
	return p
}

// call calls a function of find.js.
func (p *Page) call(out any, name string, args ...any) {
	p.t.Helper()
	data, err := json.Marshal(append([]any{}, args...)) // never null
	if err != nil {
		p.t.Fatal(err)
	}
	p.Eval(fmt.Sprintf("(() => {%s\nreturn %s(...%s)})()", findJS, name, data), out)
}

// leave does the act and waits until another page has loaded, or a file has
// come, which stays in p.got.
func (p *Page) leave(act chromedp.Action) {
	p.t.Helper()
	for len(p.got) > 0 {
		<-p.got
	}
	p.Eval("window.torideStays = true; 0", nil)
	p.run(act)
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case f := <-p.got:
			p.got <- f // for Download
			return
		case <-deadline.C:
			p.t.Fatalf("%s: no other page came within %s", p.where(), patience)
		case <-tick.C:
			var loaded bool
			// While the old page goes away there is nothing to ask: try again.
			err := chromedp.Run(p.ctx, chromedp.Evaluate(`!window.torideStays && document.readyState === "complete"`, &loaded))
			if err == nil && loaded {
				return
			}
		}
	}
}

// HTML is the page as it stands now, for messages.
func (p *Page) HTML() string {
	var html string
	p.Eval("document.documentElement.outerHTML", &html)
	return html
}

// print gives what comes out of Ctrl+P as a PDF: A4 as the style sheet says,
// without the backgrounds that browsers leave out by default.
func (p *Page) print() []byte {
	p.t.Helper()
	var pdf []byte
	p.run(chromedp.ActionFunc(func(ctx context.Context) error {
		var err error
		pdf, _, err = page.PrintToPDF().WithPreferCSSPageSize(true).WithPrintBackground(false).Do(ctx)
		return err
	}))
	return pdf
}
