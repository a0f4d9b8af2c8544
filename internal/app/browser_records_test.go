package app_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/app/apptest"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/logbook"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/browsertest"
)

// intake sets up a source of the bulk interface and gives its address and
// token.
func intake(t *testing.T, h *apptest.Hospital) (url, token string) {
	t.Helper()
	actor := ledger.Actor{ID: "test", Name: "試験", Via: "test"}
	id, token, err := h.Parts.Log.AddSource(t.Context(), actor, logbook.Spec{Name: "サーバの記録", Kind: "bulk", Network: "tcp", Address: "127.0.0.1:0", TLS: true, Expect: logbook.Never, Enabled: true})
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(time.Minute)
	for time.Now().Before(deadline) {
		state, err := h.Parts.Log.State(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range state.Sources {
			if _, addr, ok := strings.Cut(s.Addr, " "); ok && s.ID == id {
				return "https://" + addr, token
			}
		}
	}
	t.Fatal("the source does not listen")
	return "", ""
}

// beat sends events as Winlogbeat does.
func beat(t *testing.T, url, token string, docs ...string) {
	t.Helper()
	var body strings.Builder
	for _, d := range docs {
		fmt.Fprintf(&body, "{\"create\":{\"_index\":\"winlogbeat\"}}\n%s\n", d)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/_bulk", strings.NewReader(body.String()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-ndjson")
	r.SetBasicAuth("toride", token)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer client.CloseIdleConnections()
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	said, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK || strings.Contains(string(said), `"errors":true`) {
		t.Fatalf("bulk: %d %s %v", res.StatusCode, said, err)
	}
}

// cleared is Windows saying that its audit log was cleared.
func cleared(at time.Time, n int) string {
	return fmt.Sprintf(`{"@timestamp":%q,"agent":{"type":"winlogbeat","version":"8.15.0"},"event":{"code":"1102","provider":"Microsoft-Windows-Eventlog","kind":"event"},"host":{"name":"kyushoku-sv01"},"log":{"level":"information"},"message":"監査ログが消去されました。","winlog":{"channel":"Security","computer_name":"kyushoku-sv01.minato.example","event_id":"1102","provider_name":"Microsoft-Windows-Eventlog","record_id":%d,"user_data":{"SubjectUserSid":"S-1-5-21-1-2-3-1105","SubjectUserName":"kyushoku","SubjectDomainName":"MINATO","SubjectLogonId":"0x3e7"}}}`,
		at.UTC().Format(time.RFC3339Nano), n)
}

// TestBrowser_FromALogLineToAnIncident follows one line from a real intake: it
// is found by its words, leads to the alert, to an exception or an incident,
// with the clicks that each may take.
func TestBrowser_FromALogLineToAnIncident(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	t.Parallel()
	h := stories.Demo(t)
	b := chromium.Start(t)
	site := h.Serve(t)
	url, token := intake(t, h)
	beat(t, url, token, cleared(h.Clock.Now(), 4711))
	if err := h.Parts.Log.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := h.Parts.Detect.Flush(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	p := reader(t, h, b, site, "sato", "ja")
	p.Open("/log").Fill("さがす言葉", "EventID: 1102 and record_id: 4711 or EventRecordID: 4711").Click("さがす")
	p.See("件見つかりました", "kyushoku-sv01").Axe().Fits().Shot("records-1-search")
	p.Within(2, func() {
		p.Click("監査ログが消去されました")
		p.See("原本", "この記録が証拠になっている警報").Axe().Fits().Shot("records-2-event")
		p.Click("Windowsの監査ログが消された")
	})
	p.See("kyushoku-sv01", "証拠").Axe().Fits().Shot("records-3-alert")
	alert := p.Path()
	p.Within(2, func() {
		p.Click("例外にする").Fill("理由", "毎月の保守で消す手順になっている").Shot("records-4-except")
		p.Click("例外にする")
	})
	p.See("例外を作りました")
	// The night of the demo waits as one story: an incident in one click more.
	p.Open(alert).Axe()
	p.Open("/alerts").Axe().Fits().Shot("records-5-stories")
	p.Within(2, func() {
		p.Click("バックアップ・復元機能が壊された疑い")
		p.Axe().Fits().Shot("records-6-story").Click("事案にする")
	})
	p.See("事案").Axe().Fits().Shot("records-7-incident")
}

// TestBrowser_RecordPages looks at the pages of records in both languages, on a
// desk and on a phone, searches with the keys alone, and prints the proof.
func TestBrowser_RecordPages(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	t.Parallel()
	h := stories.Demo(t)
	b := chromium.Start(t)
	site := h.Serve(t)
	sources, err := h.Parts.Log.Sources(t.Context())
	if err != nil || len(sources) == 0 {
		t.Fatalf("%d sources, %v", len(sources), err)
	}
	day := func(ago int) string { return h.Clock.Now().AddDate(0, 0, -ago).Format(time.DateOnly) }
	proof := "/log/proof?source=" + sources[0].ID + "&from=" + day(6) + "&to=" + day(0)
	if err := h.Parts.Log.Anchor(t.Context(), h.Parts.Store.Head()); err != nil {
		t.Fatal(err)
	}
	token := h.As(t, "sato").Session(web.SessionCookie)
	for _, lang := range []string{"ja", "en"} {
		for _, width := range []int{1280, 390} {
			p := b.Page(t, site, browsertest.Reader{Cookies: map[string]string{web.SessionCookie: token}, Lang: lang, Width: width})
			pages := map[string]string{"own": "/log?range=own&from=" + day(6) + "T00:00&q=1102", "look": "/log/keep?days=365&reserve=10", "proof": proof}
			if width == 390 { // at the desk TestBrowser_EveryPlainPage looks at these
				pages["wrong"], pages["sources"], pages["kept"] = "/log?q=%28", "/log/sources", "/log/kept"
			}
			for name, path := range pages {
				p.Open(path).Axe().Fits().Shot(fmt.Sprintf("%s-%d-%s", lang, width, name))
			}
			if width == 1280 {
				p.Open(proof).PDF(lang + "-proof")
			}
		}
	}
	p := b.Page(t, site, browsertest.Reader{Cookies: map[string]string{web.SessionCookie: token}})
	p.Open("/log").Press("/").Type("EventID: 4624").Follow("Enter")
	p.See("件見つかりました").TabTo("期間").TabTo("さがす").TabTo("日時で期間を指定する").Press("Enter").TabTo("開始日時")
}
