package browsertest

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// ShotsEnv names the environment variable with the folder for pictures.
const ShotsEnv = "TORIDE_SHOTS"

// patience is how long a page may take before the test fails. It is generous,
// because many tests share two cores; a good page takes milliseconds.
const patience = 30 * time.Second

// Browser is one running Chromium with an empty profile.
type Browser struct {
	ctx    context.Context
	axe    string
	shapes sync.Map // of pages that axe has seen
}

// Start starts Chromium and ends it with the test. Where there is none, the
// test is skipped, or fails when the environment variable CI is set. Several
// tests of one binary share one by way of One.
func Start(t testing.TB) *Browser {
	t.Helper()
	path := installed(t)
	b, stop, err := start(path, t.TempDir(), readAxe(t))
	t.Cleanup(stop) // its profile goes with the test's folder
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// installed finds Chromium.
func installed(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		const say = "this test needs Debian's Chromium: apt-get install chromium fonts-morisawa-bizud-gothic"
		if os.Getenv("CI") != "" {
			t.Fatal(say)
		}
		t.Skip(say)
	}
	return path
}

func readAxe(t testing.TB) string {
	t.Helper()
	axe, err := os.ReadFile(filepath.Join(Root(t), "third_party", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	return string(axe)
}

// start runs Chromium with its profile in dir. stop closes it and waits; it
// may be called where start failed.
func start(path, dir, axe string) (b *Browser, stop func(), err error) {
	alloc, end := chromedp.NewExecAllocator(context.Background(), options(path, dir)...)
	ctx, cancel := chromedp.NewContext(alloc, chromedp.WithErrorf(func(string, ...any) {}), chromedp.WithLogf(func(string, ...any) {}))
	stop = func() {
		_ = chromedp.Cancel(ctx)
		cancel()
		end()
	}
	if err := chromedp.Run(ctx); err != nil {
		return nil, stop, fmt.Errorf("browsertest: Chromium did not start: %w", err)
	}
	return &Browser{ctx: ctx, axe: axe}, stop, nil
}

// spared are parts of Chromium's own window that nobody sees in a test; making
// them ready takes more processor time than a page. What chromedp itself
// switches off comes first, because the flag is one.
const spared = "site-per-process,Translate,BlinkGenPropertyTrees," +
	"OptimizationHints,MediaRouter,PreloadTopChromeWebUI,WebUIOmniboxPopup,WebUIOmniboxAimPopup,OmniboxNext,WebUIOmniboxFullPopup,TabSearch,SidePanel"

func options(path, dir string) []chromedp.ExecAllocatorOption {
	return append(chromedp.DefaultExecAllocatorOptions[:len(chromedp.DefaultExecAllocatorOptions):len(chromedp.DefaultExecAllocatorOptions)],
		chromedp.ExecPath(path),
		chromedp.NoSandbox,
		chromedp.UserDataDir(dir),
		chromedp.IgnoreCertErrors, // the test server signs its own
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-gpu", true),
		chromedp.Flag("in-process-gpu", true), // there is none: a process less
		chromedp.Flag("disable-features", spared),
		chromedp.Flag("lang", "ja"),
		chromedp.WSURLReadTimeout(patience),
		chromedp.CombinedOutput(io.Discard),
		// chromedp lets the kernel kill the browser when the thread ends that
		// started it. Threads do end: the store merges on one of its own, with
		// low priority, that cannot be raised again.
		chromedp.ModifyCmdFunc(func(*exec.Cmd) {}),
	)
}

// Root is the folder of Toride's go.mod.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the test's folder")
		}
		dir = parent
	}
}

// Serve runs the handler on a free port of this machine with TLS, so that the
// __Host- cookies work as they do in a hospital, and gives its URL.
func Serve(t testing.TB, handler http.Handler) string {
	t.Helper()
	srv := httptest.NewUnstartedServer(handler)
	srv.Config.ErrorLog = log.New(io.Discard, "", 0) // Chromium opens connections that it may drop
	srv.StartTLS()
	t.Cleanup(func() {
		srv.CloseClientConnections()
		srv.Close()
	})
	return srv.URL
}

// Reader says who reads and how.
type Reader struct {
	Cookies map[string]string // for example web.SessionCookie
	Lang    string            // Accept-Language; empty means "ja"
	Width   int               // of the window in CSS pixels; 0 means 1280
	Height  int               // 0 means 800
}

// Page opens a tab of its own for one reader of the site at base (an URL
// without path). The tab ends with the test.
func (b *Browser) Page(t testing.TB, base string, r Reader) *Page {
	t.Helper()
	ctx, err := b.tab(t)
	if err != nil {
		t.Fatalf("Chromium opened no tab: %v", err)
	}
	p := &Page{t: t, ctx: ctx, base: strings.TrimSuffix(base, "/"), axe: b.axe, shapes: &b.shapes, got: make(chan file, 16)}
	p.watch()
	t.Cleanup(func() { p.Quiet() })
	if r.Lang == "" {
		r.Lang = "ja"
	}
	if r.Width == 0 {
		r.Width = 1280
	}
	if r.Height == 0 {
		r.Height = 800
	}
	p.run(
		network.Enable(),
		emulation.SetFocusEmulationEnabled(true), // tabs of one browser do not take it from each other
		network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": r.Lang}),
		emulation.SetDeviceMetricsOverride(int64(r.Width), int64(r.Height), 1, false),
		catchFiles(),
	)
	for name, value := range r.Cookies {
		p.run(network.SetCookie(name, value).WithURL(p.base + "/").WithSecure(true).WithHTTPOnly(true).WithPath("/"))
	}
	return p
}

// tab opens a window with cookies of its own. chromedp's WithNewBrowserContext
// asks for a tab in a window that does not exist yet, which Chromium refuses
// since its headless mode is the real browser.
func (b *Browser) tab(t testing.TB) (context.Context, error) {
	root := cdp.WithExecutor(b.ctx, chromedp.FromContext(b.ctx).Browser)
	own, err := target.CreateBrowserContext().Do(root)
	if err != nil {
		return nil, err
	}
	id, err := target.CreateTarget("about:blank").WithBrowserContextID(own).WithNewWindow(true).Do(root)
	if err != nil {
		return nil, err
	}
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithTargetID(id))
	t.Cleanup(func() {
		_ = target.DisposeBrowserContext(own).Do(root) // the browser ends with the test anyway
		cancel()
	})
	return ctx, chromedp.Run(ctx) // attaches for as long as ctx lives, not for one action
}
