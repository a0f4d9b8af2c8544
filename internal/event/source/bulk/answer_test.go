package bulk_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/source"
	"github.com/torideproject/toride/internal/event/source/bulk"
	"github.com/torideproject/toride/internal/event/source/sourcetest"
	"github.com/torideproject/toride/internal/fault"
)

func bulkKind() source.Kind { return bulk.Kind() }

func start(t *testing.T) (*sourcetest.Running, client) {
	t.Helper()
	set := settings(false)(t)
	r := sourcetest.Start(t, bulk.Kind(), set)
	return r, newClient(set, r.Addr())
}

func statuses(t *testing.T, body string) (all []string) {
	t.Helper()
	var a answer
	if err := json.Unmarshal([]byte(body), &a); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	for _, it := range a.Items {
		for op, s := range it {
			all = append(all, fmt.Sprintf("%s %d", op, s.Status))
		}
	}
	return all
}

func TestAuthorization(t *testing.T) {
	r, c := start(t)
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	for header, want := range map[string]int{
		"Bearer " + token:                200,
		"bearer  " + token:               200,
		"ApiKey " + token:                200,
		"ApiKey " + b64("id:"+token):     200,
		"ApiKey " + b64(token):           200,
		"Basic " + b64("toride:"+token):  200,
		"Basic " + b64(token+":"):        401,
		"Basic " + b64("toride:"+"x"):    401,
		"Bearer x":                       401,
		"Bearer":                         401,
		"":                               401,
		"ApiKey !!!":                     401,
		"ApiKey " + b64("id:wrong"):      401,
		"Digest " + token:                401,
		"Basic " + b64("no colon"+token): 401,
	} {
		for _, path := range []string{"/", "/_bulk"} {
			method, body := http.MethodGet, ""
			if path == "/_bulk" {
				method, body = http.MethodPost, "{\"index\":{}}\n{\"a\":1}\n"
			}
			code, out, head, err := c.do(t.Context(), method, path, strings.NewReader(body), "Authorization", header)
			if err != nil || code != want {
				t.Errorf("%q %s: %d %s %v", header, path, code, out, err)
			}
			if want == 401 && (len(head.Values("WWW-Authenticate")) != 3 || !json.Valid([]byte(out))) {
				t.Errorf("%q: %v %s", header, head, out)
			}
		}
	}
	if n := r.Sink.Count(); n != 6 {
		t.Errorf("%d records by 6 rightful senders", n)
	}
	r.Stop(t)
}

// What senders ask before they send.
func TestAsk(t *testing.T) {
	r, c := start(t)
	for _, q := range []struct {
		method, path string
		code         int
		part         string
	}{
		{"GET", "/", 200, `"number":"8.17.0"`},
		{"HEAD", "/", 200, ""},
		{"GET", "/_license?human=false", 200, `"type":"basic"`},
		{"GET", "/_xpack", 200, `"ilm":{"available":true,"enabled":true}`},
		{"HEAD", "/_template/filebeat-7.17.0", 200, ""},
		{"HEAD", "/_index_template/winlogbeat-8.11.1", 200, ""},
		{"GET", "/_index_template/winlogbeat-8.11.1", 200, `"name":"winlogbeat-8.11.1"`},
		{"PUT", "/_index_template/winlogbeat-8.11.1", 200, `"acknowledged":true`},
		{"GET", "/_ilm/policy/filebeat", 200, `"filebeat":{`},
		{"PUT", "/_ilm/policy/filebeat", 200, `"acknowledged":true`},
		{"HEAD", "/_alias/filebeat-7.17.0", 200, ""},
		{"PUT", "/%3Cfilebeat-7.17.0-%7Bnow%2Fd%7D-000001%3E", 200, `"acknowledged":true`},
		{"GET", "/_data_stream/filebeat-8.11.1", 200, `"name":"filebeat-8.11.1"`},
		{"PUT", "/_ingest/pipeline/winlogbeat-8.11.1-routing", 200, `"acknowledged":true`},
		{"GET", "/_ingest/pipeline/winlogbeat-8.11.1-routing", 200, `"winlogbeat-8.11.1-routing":{`},
		{"GET", "/_cluster/health", 200, `"status":"green"`},
		{"GET", "/_nodes/http", 200, `"nodes"`},
		{"POST", "/_monitoring/bulk?system_id=beats", 200, `"ignored":true`},
		{"GET", "/some-index/_search", 404, `"type":"index_not_found_exception"`},
		{"DELETE", "/some-index", 200, `"acknowledged":true`},
		{"GET", "/_index_template/%22%3C%00", 200, `"name":"\"\u003c\u0000"`},
	} {
		code, body, head, err := c.do(t.Context(), q.method, q.path, strings.NewReader("{}"))
		if err != nil || code != q.code || !strings.Contains(body, q.part) || head.Get("X-Elastic-Product") != "Elasticsearch" || !strings.HasPrefix(head.Get("Content-Type"), "application/json") {
			t.Errorf("%s %s: %d %s %v", q.method, q.path, code, body, err)
		}
		if body != "" && !json.Valid([]byte(body)) {
			t.Errorf("%s %s: not JSON: %s", q.method, q.path, body)
		}
	}
	if r.Sink.Count() != 0 {
		t.Error("something was taken")
	}
	r.Stop(t)
}

// A beat refuses an Elasticsearch older than itself.
func TestAsk_ABeatIsToldItsOwnVersion(t *testing.T) {
	r, c := start(t)
	for agent, want := range map[string]string{
		"Elastic-winlogbeat/8.19.2 (windows; amd64; abc; 2026-01-01)": "8.19.2",
		"Filebeat/7.17.5 (Linux; amd64)":                              "7.17.5",
		"Elastic-filebeat/9.1.0":                                      "9.1.0",
		"Elastic-filebeat/9.1.0-SNAPSHOT":                             "8.17.0",
		"Filebeat/1.2":                                                "8.17.0",
		`Filebeat/1.2."3`:                                             "8.17.0",
		"Filebeat/99999999.1.1":                                       "8.17.0",
		"Fluent-Bit":                                                  "8.17.0",
		"curl/8.0.0":                                                  "8.17.0",
	} {
		_, body, _, err := c.do(t.Context(), "GET", "/", nil, "User-Agent", agent)
		var a struct {
			Version struct{ Number string }
			Tagline string
		}
		if json.Unmarshal([]byte(body), &a) != nil || err != nil || a.Version.Number != want || a.Tagline != "You Know, for Search" {
			t.Errorf("%s: %s, not %s", agent, body, want)
		}
	}
	r.Stop(t)
}

func TestBulk_StatusOfEachItem(t *testing.T) {
	r, c := start(t)
	body := strings.Join([]string{
		`{"create":{"_index":"a","_id":"one"}}`, `{"n":1}`,
		``,
		`{"index":{}}`, `{"n":2}`,
		`{"delete":{"_index":"a","_id":"one"}}`,
		` { "update" : {"_id":"one","_index":"a"} }`, `{"doc":{"n":3}}`,
		`{"index":{"_index":"a","_type":"_doc","pipeline":"p"}}`, `   `,
		`{"index":{"_id":"` + strings.Repeat("i", 513) + `"}}`, `{"n":4}`,
		`{"create":{"_id":"\u75c5\u9662"}}`, "{\"n\":\"\x93\xfa\"}\r",
		`{"index":{"_id":5}}`, `{"n":5}`, // the last without a line feed
	}, "\n")
	code, out, _, err := c.do(t.Context(), "POST", "/some-index/_bulk?filter_path=errors,items.*.status", strings.NewReader(body))
	if err != nil || code != 200 {
		t.Fatalf("%d %s %v", code, out, err)
	}
	want := []string{"create 201", "index 201", "delete 400", "update 400", "index 400", "index 201", "create 201", "index 201"}
	if got := statuses(t, out); !slices.Equal(got, want) || !strings.Contains(out, `"errors":true`) {
		t.Errorf("%v in %s", got, out)
	}
	var got []string
	for _, rec := range r.Sink.Records() {
		got = append(got, rec.Key+" "+string(rec.Data)+" "+rec.Format+" "+rec.Peer)
	}
	if wantRecords := []string{`one {"n":1} json 127.0.0.1`, ` {"n":2} json 127.0.0.1`, ` {"n":4} json 127.0.0.1`, "病院 {\"n\":\"\x93\xfa\"} json 127.0.0.1", `5 {"n":5} json 127.0.0.1`}; !slices.Equal(got, wantRecords) {
		t.Errorf("%q", got)
	}
	r.Stop(t)
}

// When the sink becomes full in the middle, what it has is acknowledged and the
// rest is not.
func TestBulk_FullInTheMiddle(t *testing.T) {
	r, c := start(t)
	r.Sink.RefuseAfter(1000)
	all := entries()(1700)
	code, out, _, err := c.do(t.Context(), "POST", "/_bulk", bytes.NewReader(ndjson(all)))
	if err != nil || code != 200 {
		t.Fatalf("%d %s %v", code, out, err)
	}
	got := statuses(t, out)
	if len(got) != 1700 || slices.Index(got, "create 429") != 1000 || slices.Contains(got[1000:], "create 201") {
		t.Errorf("%d items, the first refused is %d", len(got), slices.Index(got, "create 429"))
	}
	if r.Stats.Refused.Load() != 700 || r.Stats.Records.Load() != 1000 || r.Stats.Lost.Load() != 0 {
		t.Errorf("%d refused, %d taken", r.Stats.Refused.Load(), r.Stats.Records.Load())
	}
	// The sender sends the refused ones again.
	r.Sink.Refuse(nil)
	if err := send(t.Context(), settings(false)(t), r.Addr(), all[1000:]); err != nil {
		t.Fatal(err)
	}
	if r.Sink.Count() != 1700 {
		t.Errorf("%d records", r.Sink.Count())
	}
	r.Stop(t)
}

func TestBulk_NothingTaken(t *testing.T) {
	r, c := start(t)
	for _, f := range []struct {
		err  error
		code int
	}{{sourcetest.Full(), 429}, {fault.New(fault.Busy, "x"), 503}, {context.Canceled, 503}} {
		r.Sink.Refuse(f.err)
		code, out, head, err := c.do(t.Context(), "POST", "/_bulk", bytes.NewReader(ndjson(entries()(3))))
		if want := fmt.Sprintf("create %d", f.code); err != nil || code != f.code || !slices.Equal(statuses(t, out), []string{want, want, want}) || head.Get("Retry-After") == "" {
			t.Errorf("%v: %d %s %v", f.err, code, out, err)
		}
		if code, out, _, err := c.do(t.Context(), "POST", "/i/_doc", strings.NewReader(`{"a":1}`)); err != nil || code != f.code || !json.Valid([]byte(out)) {
			t.Errorf("%v: a single document: %d %s %v", f.err, code, out, err)
		}
	}
	r.Stop(t)
}

// One record that the journal never takes does not spoil the others.
func TestBulk_OneWrongItem(t *testing.T) {
	set := settings(false)(t)
	r := sourcetest.Start(t, bulk.Kind(), set)
	r.Stop(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Source.Run(ctx, picky{r.Sink}) }()
	sourcetest.Until(t, "the source to listen", func() bool { return r.Source.Addr() != "" })
	body := "{\"index\":{}}\n{\"n\":1}\n{\"index\":{}}\n{\"wrong\":1}\n{\"index\":{}}\n{\"n\":2}\n"
	_, out, _, err := newClient(set, r.Addr()).do(t.Context(), "POST", "/_bulk", strings.NewReader(body))
	if got := statuses(t, out); err != nil || !slices.Equal(got, []string{"index 201", "index 400", "index 201"}) || r.Sink.Count() != 2 || r.Stats.Refused.Load() != 1 {
		t.Errorf("%v %v, %d taken, %d refused", got, err, r.Sink.Count(), r.Stats.Refused.Load())
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

type picky struct{ *sourcetest.Sink }

func (p picky) Take(ctx context.Context, records []event.Record) error {
	for _, r := range records {
		if bytes.Contains(r.Data, []byte("wrong")) {
			return fault.New(fault.TooLarge, "sourcetest.wrong")
		}
	}
	return p.Sink.Take(ctx, records)
}

func TestBulk_Bodies(t *testing.T) {
	r, c := start(t)
	action := `{"index":{}}` + "\n"
	long := `{"a":"` + strings.Repeat("x", 10<<20) + `"}`
	for name, q := range map[string]struct {
		body string
		code int
		want []string
	}{
		"empty":                {"", 400, nil},
		"blank lines":          {"\n\n\n", 400, nil},
		"no action":            {"{\"a\":1}\n{\"b\":2}\n", 400, nil},
		"an unknown action":    {"{\"upsert\":{}}\n{}\n", 400, nil},
		"a broken action":      {"{\"index\":{\"_id\":\"x\"\n{}\n", 400, nil},
		"an action alone":      {action, 200, []string{"index 400"}},
		"a long document":      {action + long + "\n" + action + "{}\n", 200, []string{"index 201", "index 201"}},
		"a long last document": {action + long, 200, []string{"index 201"}},
		"not JSON":             {action + "what is this\n", 200, []string{"index 201"}},
		"a long action":        {`{"index":{"_id":"` + strings.Repeat("i", 70<<10) + "\"}}\n{}\n", 400, nil},
	} {
		r.Sink.Clear()
		code, out, _, err := c.do(t.Context(), "POST", "/_bulk", strings.NewReader(q.body))
		if err != nil || code != q.code || !json.Valid([]byte(out)) || q.want != nil && !slices.Equal(statuses(t, out), q.want) {
			t.Errorf("%s: %d %.300s %v", name, code, out, err)
		}
		for _, rec := range r.Sink.Records() {
			if len(rec.Data) > 64<<10 {
				t.Errorf("%s: a record of %d bytes", name, len(rec.Data))
			}
		}
	}
	if r.Stats.Cut.Load() != 2 {
		t.Errorf("%d cut", r.Stats.Cut.Load())
	}
	code, out, _, err := c.do(t.Context(), "POST", "/_bulk", http.NoBody, "Content-Encoding", "gzip")
	if err != nil || code != 400 {
		t.Errorf("an empty gzip: %d %s %v", code, out, err)
	}
	r.Stop(t)
}

func TestBulk_SingleDocuments(t *testing.T) {
	r, c := start(t)
	for path, key := range map[string]string{"/logs/_doc": "", "/logs/_doc/abc": "abc", "/logs/_create/d%2Fe": ""} {
		code, out, _, err := c.do(t.Context(), "POST", path, strings.NewReader("{\"path\":\""+key+"\"}\n"))
		if err != nil || (code != 201 && path != "/logs/_create/d%2Fe") {
			t.Errorf("%s: %d %s %v", path, code, out, err)
		}
	}
	for _, rec := range r.Sink.Records() {
		if string(rec.Data) != `{"path":"`+rec.Key+`"}` {
			t.Errorf("%q %s", rec.Key, rec.Data)
		}
	}
	if r.Sink.Count() != 2 {
		t.Errorf("%d records", r.Sink.Count())
	}
	r.Stop(t)
}

func TestKind_RefusesWhatIsNotSet(t *testing.T) {
	t.Parallel()
	good := settings(false)(t)
	for name, change := range map[string]func(*source.Settings){
		"no token": func(s *source.Settings) { s.Token = nil },
		"udp":      func(s *source.Settings) { s.Network = "udp" },
	} {
		set := good
		change(&set)
		if _, err := bulk.Kind().New(sourcetest.Config(), set); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkBulk(b *testing.B) {
	set := source.Settings{Network: "tcp", Address: "127.0.0.1:0", MaxLine: 64 << 10, Token: func(s string) bool { return s == token }}
	r := sourcetest.Start(b, bulk.Kind(), set)
	r.Sink.Discard()
	var docs [][]byte
	for range 1600 {
		docs = append(docs, fmt.Appendf(nil, `{"@timestamp":"2026-11-22T09:00:00.000Z","message":"x","pad":%q}`, strings.Repeat("y", 800)))
	}
	body := ndjson(docs)
	for name, data := range map[string][]byte{"plain": body, "gzip": zipped(body)} {
		b.Run(name, func(b *testing.B) {
			c := newClient(set, r.Addr())
			encoding := "identity"
			if name == "gzip" {
				encoding = "gzip"
			}
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				if code, out, _, err := c.do(b.Context(), "POST", "/_bulk", bytes.NewReader(data), "Content-Encoding", encoding); err != nil || code != 200 {
					b.Fatal(code, out, err)
				}
				n += len(docs)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/doc")
		})
	}
	r.Stop(b)
}
