package bulk_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event/source"
	"github.com/torideproject/toride/internal/event/source/bulk"
	"github.com/torideproject/toride/internal/event/source/sourcetest"
)

const token = "himitsu-no-aikotoba"

func settings(secure bool) func(*testing.T) source.Settings {
	return func(t *testing.T) source.Settings {
		set := source.Settings{Network: "tcp", Address: "127.0.0.1:0", Zone: time.UTC, MaxLine: 64 << 10, Token: func(s string) bool { return s == token }}
		if secure {
			set.TLS = sourcetest.TLS(t)
		}
		return set
	}
}

func entries() func(n int) [][]byte {
	var serial atomic.Int64
	return func(n int) [][]byte {
		all := make([][]byte, n)
		for i := range all {
			k := serial.Add(1)
			all[i] = fmt.Appendf(nil, `{"@timestamp":"2026-11-22T09:00:00.000Z","message":"ログオンに失敗しました %d","n":%d,"pad":%q}`, k, k, strings.Repeat("x", int(k%500)))
		}
		return all
	}
}

// client is a sender; each test has its own, so that no connection stays.
type client struct {
	http *http.Client
	base string
}

func newClient(set source.Settings, addr string) client {
	scheme := "http://"
	if set.TLS != nil {
		scheme = "https://"
	}
	return client{base: scheme + addr, http: &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}}}}
}

func (c client) do(ctx context.Context, method, path string, body io.Reader, header ...string) (int, string, http.Header, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return 0, "", nil, err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return 0, "", nil, err
	}
	defer resp.Body.Close()
	out, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(out), resp.Header, err
}

func ndjson(entries [][]byte) []byte {
	var b bytes.Buffer
	for _, e := range entries {
		b.WriteString(`{"create":{"_index":"winlogbeat-8.11.1"}}` + "\n")
		b.Write(e)
		b.WriteByte('\n')
	}
	return b.Bytes()
}

func zipped(b []byte) []byte {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, _ = w.Write(b)
	_ = w.Close()
	return z.Bytes()
}

// answer is what senders look at.
type answer struct {
	Errors bool
	Items  []map[string]struct {
		Status int
		Error  *struct{ Type, Reason string }
	}
	Error *struct{ Type, Reason string }
}

// send is a sender as the beats are: it believes in 201 alone.
func send(ctx context.Context, set source.Settings, addr string, entries [][]byte) error {
	code, body, _, err := newClient(set, addr).do(ctx, http.MethodPost, "/_bulk", bytes.NewReader(zipped(ndjson(entries))), "Content-Encoding", "gzip", "Content-Type", "application/x-ndjson")
	if err != nil {
		return err
	}
	var a answer
	if err := json.Unmarshal([]byte(body), &a); err != nil {
		return fmt.Errorf("%w in %s", err, body)
	}
	if code != http.StatusOK || len(a.Items) != len(entries) || a.Errors {
		return fmt.Errorf("%d %.300s", code, body)
	}
	for _, it := range a.Items {
		if it["create"].Status != http.StatusCreated {
			return fmt.Errorf("%.300s", body)
		}
	}
	return nil
}

func post(body func() io.Reader, header ...string) func(context.Context, source.Settings, string) {
	return func(ctx context.Context, set source.Settings, addr string) {
		_, _, _, _ = newClient(set, addr).do(ctx, http.MethodPost, "/_bulk", body(), header...)
	}
}

// endless is a reader that repeats b n times.
type endless struct {
	b []byte
	n int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.n == 0 {
		return 0, io.EOF
	}
	e.n--
	return copy(p, e.b), nil
}

func piece(b string, n int) func() io.Reader {
	return func() io.Reader { return &endless{[]byte(strings.Repeat(b, 16<<10/len(b))), n} }
}

// bomb is a gigabyte of blanks, packed.
func bomb() io.Reader {
	pr, pw := io.Pipe()
	go func() {
		w := gzip.NewWriter(pw)
		blank := bytes.Repeat([]byte{' '}, 1<<20)
		for range 1024 {
			if _, err := w.Write(blank); err != nil {
				break
			}
		}
		_ = w.Close()
		_ = pw.Close()
	}()
	return pr
}

func hostile() []func(context.Context, source.Settings, string) {
	text := func(s string) func() io.Reader { return func() io.Reader { return strings.NewReader(s) } }
	action := `{"create":{}}` + "\n"
	return []func(context.Context, source.Settings, string){
		post(bomb, "Content-Encoding", "gzip"),
		post(piece("x", 4<<10)),
		post(func() io.Reader { return io.MultiReader(strings.NewReader(action), piece("x", 2<<10)()) }),
		post(func() io.Reader { return io.MultiReader(strings.NewReader(action), piece(`{"a":`, 4<<10)()) }),
		post(piece("\n", 2<<10)),
		post(piece(action, 1<<10)),
		post(text(strings.Repeat(action+"{}\n", 110_000))),
		post(text("not gzip"), "Content-Encoding", "gzip"),
		post(text("x"), "Content-Encoding", "br"),
		post(text(action + "{}\nrubbish\n{}\n")),
		post(text(action), "Authorization", "Bearer wrong"),
		func(ctx context.Context, _ source.Settings, addr string) {
			for range 100 {
				if conn, err := net.Dial("tcp", addr); err == nil {
					_, _ = conn.Write([]byte("POST /_bulk HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n"))
					defer conn.Close()
				}
			}
		},
		func(ctx context.Context, _ source.Settings, addr string) {
			if conn, err := net.Dial("tcp", addr); err == nil {
				_, _ = conn.Write([]byte(strings.Repeat("\x00\xff", 50_000)))
				_ = conn.Close()
			}
		},
	}
}

func TestConformance(t *testing.T) {
	sourcetest.Run(t, sourcetest.Member{Kind: bulk.Kind(), Settings: settings(false), Entries: entries(), Send: send, Acks: true, Hostile: hostile()})
}

func TestConformance_TLS(t *testing.T) {
	sourcetest.Run(t, sourcetest.Member{Kind: bulk.Kind(), Settings: settings(true), Entries: entries(), Send: send, Acks: true, Hostile: hostile()[:2]})
}
