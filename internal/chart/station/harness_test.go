package station_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log/slog"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/station"
	"github.com/torideproject/toride/internal/identity/credential"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/ssmix2/synth"
)

// hospital is the made-up hospital of all tests.
var hospital = sync.OnceValue(func() *synth.Hospital {
	o := synth.Small(1)
	o.Patients, o.AsOf = 6, ledgertest.Start().Add(-2*time.Hour)
	h, err := synth.New(o)
	if err != nil {
		panic(err)
	}
	return h
})

// written is its store on disk, once for all tests, which only read it.
var written = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "toride-station-")
	if err != nil {
		return "", err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return dir, err
	}
	defer root.Close()
	return dir, hospital().Write(context.Background(), &synth.Folder{MkdirAll: root.MkdirAll, WriteFile: root.WriteFile, Chtimes: root.Chtimes}, synth.WriteOptions{})
})

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := written(); err == nil {
		_, _ = os.RemoveAll(dir), os.RemoveAll(dir+"-vault")
	}
	os.Exit(code)
}

func store(t testing.TB) string {
	t.Helper()
	dir, err := written()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// running is a station that serves.
type running struct {
	*station.Station
	t     testing.TB
	cfg   station.Config
	clock *ledgertest.Clock
	url   string
	pool  *x509.CertPool
	stop  func()
}

// serve opens a station over the synthetic store and runs it.
func serve(t testing.TB, change func(*station.Config)) *running {
	t.Helper()
	r := &running{t: t, clock: ledgertest.NewClock()}
	base := t.TempDir()
	r.cfg = station.Config{Data: filepath.Join(base, "data"), Roots: []string{store(t)}, Listen: "127.0.0.1:0", Hospital: "架空総合病院", Clock: r.clock.Now, PINCost: credential.Params{Memory: 8, Time: 1, Threads: 1},
		Late: []string{filepath.Join(base, "elsewhere", "late.jsonl")}, Log: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&r.cfg)
	}
	r.start()
	return r
}

func (r *running) start() {
	t := r.t
	t.Helper()
	s, err := station.Open(t.Context(), r.cfg)
	if err != nil {
		t.Fatal(err)
	}
	r.Station = s
	ctx, cancel := context.WithCancel(context.Background())
	addr, done := make(chan net.Addr, 1), make(chan error, 1)
	go func() { done <- s.Run(ctx, func(a net.Addr) { addr <- a }) }()
	select {
	case a := <-addr:
		r.url = "https://" + a.String()
	case err := <-done:
		t.Fatal(err)
	}
	cert, err := os.ReadFile(filepath.Join(r.cfg.Data, "tls-cert.pem"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(cert)
	own, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	r.pool = x509.NewCertPool()
	r.pool.AddCert(own)
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
		_ = s.Close() // some tests close the database underneath
	})
	t.Cleanup(r.stop)
}

// browser is a browser with cookies of its own.
type browser struct {
	r    *running
	http *http.Client
}

func (r *running) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		r.t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: r.pool}}
	r.t.Cleanup(transport.CloseIdleConnections)
	return &browser{r, &http.Client{Jar: jar, Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

type page struct {
	status int
	to     string
	body   string
}

func (b *browser) do(method, path, kind string, body io.Reader) page {
	b.r.t.Helper()
	req, err := http.NewRequest(method, b.r.url+path, body)
	if err != nil {
		b.r.t.Fatal(err)
	}
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	res, err := b.http.Do(req)
	if err != nil {
		b.r.t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		b.r.t.Fatal(err)
	}
	if i := strings.Index(string(data), "⟦"); i >= 0 {
		b.r.t.Errorf("%s %s: text without words: %.80s", method, path, data[i:])
	}
	return page{res.StatusCode, res.Header.Get("Location"), string(data)}
}

func (b *browser) get(path string) page {
	b.r.t.Helper()
	return b.do(http.MethodGet, path, "", nil)
}

func (b *browser) post(path string, pairs ...string) page {
	b.r.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return b.do(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

func (b *browser) upload(path, name, data string) page {
	b.r.t.Helper()
	var body strings.Builder
	m := multipart.NewWriter(&body)
	part, err := m.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write([]byte(data))
	}
	if err != nil || m.Close() != nil {
		b.r.t.Fatal(err)
	}
	return b.do(http.MethodPost, path, m.FormDataContentType(), strings.NewReader(body.String()))
}

func (p page) want(t testing.TB, status int, words ...string) page {
	t.Helper()
	if p.status != status {
		_, body, _ := strings.Cut(p.body, "<main")
		t.Fatalf("status %d, want %d, to %q: %.1500s", p.status, status, p.to, body)
	}
	for _, w := range words {
		if !strings.Contains(p.body+p.to, w) {
			_, body, _ := strings.Cut(p.body, "<body")
			t.Errorf("no %q on the page: %.3000s", w, body)
		}
	}
	return p
}

const pin = "730184"

// staffList has one person of each role.
const staffList = `職員番号,氏名,職種,部署,PIN
9001,架空 情子,情報システム,情報室,
1001,架空 医子,医師,救急,730184
1002,架空 護,看護師,3階東,730184
1003,架空 薬二,薬剤師,薬剤部,730184
1004,架空 技美,臨床検査技師,検査部,730184
1005,架空 栄,管理栄養士,栄養部,730184
1006,架空 事郎,医事,医事課,730184
`

// people sets the station up and takes the list over; it gives the
// administrator's browser.
func (r *running) people() *browser {
	r.t.Helper()
	b := r.browser()
	b.post("/signin/setup", "code", r.SetupCode(), "number", "9001", "name", "架空 情子", "pin", pin, "again", pin).want(r.t, 303, "/staff")
	p := b.upload("/staff/import", "名簿.csv", staffList).want(r.t, 303)
	b.post(p.to, "whole", "whole", "slips", "code").want(r.t, 303)
	return b
}

func (r *running) signIn(number string) *browser {
	r.t.Helper()
	b := r.browser()
	b.post("/signin", "number", number, "pin", pin).want(r.t, 303)
	return b
}

func (b *browser) url() *url.URL {
	u, err := url.Parse(b.r.url)
	if err != nil {
		b.r.t.Fatal(err)
	}
	return u
}
