package browsertest

import (
	"context"
	"mime"
	"net/http"
	"strings"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// file is what came for saving instead of a page.
type file struct {
	name string
	data []byte
}

// Download clicks the link or button with the words and gives name and content
// of the file that comes.
func (p *Page) Download(words string) (name string, data []byte) {
	p.t.Helper()
	p.Click(words)
	select {
	case f := <-p.got:
		return f.name, f.data
	default:
		p.t.Fatalf("%s: %q brought a page, not a file", p.where(), words)
		return "", nil
	}
}

// catchFiles makes Chromium ask before it takes a page: files for saving are
// read here and go no further, because a headless browser does not finish
// saving them.
func catchFiles() chromedp.Action {
	return fetch.Enable().WithPatterns([]*fetch.RequestPattern{{
		URLPattern: "*", ResourceType: network.ResourceTypeDocument, RequestStage: fetch.RequestStageResponse,
	}})
}

func (p *Page) watchFiles(ev any) {
	e, ok := ev.(*fetch.EventRequestPaused)
	if !ok {
		return
	}
	go func() { // the listener must not wait for Chromium's answer
		c := chromedp.FromContext(p.ctx)
		ctx := cdp.WithExecutor(p.ctx, c.Target)
		if err := p.take(ctx, e); err != nil && p.ctx.Err() == nil {
			p.mu.Lock()
			p.trouble = append(p.trouble, "harness: "+err.Error())
			p.mu.Unlock()
		}
	}()
}

func (p *Page) take(ctx context.Context, e *fetch.EventRequestPaused) error {
	for _, h := range e.ResponseHeaders {
		if !strings.EqualFold(h.Name, "Content-Disposition") {
			continue
		}
		kind, params, err := mime.ParseMediaType(h.Value)
		if err != nil || kind != "attachment" {
			continue
		}
		data, err := fetch.GetResponseBody(e.RequestID).Do(ctx)
		if err != nil {
			return err
		}
		if err := fetch.FulfillRequest(e.RequestID, http.StatusNoContent).Do(ctx); err != nil {
			return err
		}
		p.got <- file{name: params["filename"], data: data}
		return nil
	}
	return fetch.ContinueRequest(e.RequestID).Do(ctx)
}
