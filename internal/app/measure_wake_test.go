//go:build measure

package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event/query"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/notify"
	"github.com/torideproject/toride/internal/notify/channel/webhook"
)

// The stages on the way of a line.
const (
	found = iota
	alerted
	woken
	stages
)

// probes are lines under way.
type probes struct {
	mu   sync.Mutex
	mark *regexp.Regexp
	sent map[string]time.Time
	at   [stages]map[string]time.Duration
}

// reached notes that what says a mark got to a stage.
func (p *probes) reached(stage int, text string) {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, mark := range p.mark.FindAllString(text, -1) {
		mark = strings.ToLower(mark)
		sent, ok := p.sent[mark]
		if _, already := p.at[stage][mark]; ok && !already {
			p.at[stage][mark] = now.Sub(sent)
		}
	}
}

func (p *probes) all(n int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.at[found]) == n && len(p.at[alerted]) == n && len(p.at[woken]) == n
}

// wake sends n lines, each of which is a story of its own, at random moments,
// and prints how long they took to be found, to be an alert in the database, and
// to reach a webhook.
func (l *live) wake(t *testing.T, phase string, n int, beside string) {
	t.Helper()
	p := &probes{mark: regexp.MustCompile(`(?i)probe-` + phase + `-\d{4}`), sent: map[string]time.Time{}}
	for i := range p.at {
		p.at[i] = map[string]time.Duration{}
	}
	l.webhook(t, p, phase)
	conn, err := net.Dial("tcp", l.syslog)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx, stop := context.WithCancel(t.Context())
	var watchers sync.WaitGroup
	watchers.Go(func() { l.lookForEvents(ctx, t, p, phase) })
	watchers.Go(func() { l.lookForAlerts(ctx, t, p) })
	rng := rand.New(rand.NewPCG(3, 5))
	for i := range n {
		pause(t.Context(), time.Duration(50+rng.IntN(400))*time.Millisecond)
		mark := fmt.Sprintf("probe-%s-%04d", phase, i)
		line := probeLine(i, mark, phase == "l", time.Now())
		p.mu.Lock()
		p.sent[mark] = time.Now()
		p.mu.Unlock()
		if _, err := fmt.Fprintln(conn, line); err != nil {
			t.Fatal(err)
		}
	}
	wait, done := context.WithTimeout(t.Context(), 30*time.Second)
	for wait.Err() == nil && !p.all(n) {
		pause(wait, 10*time.Millisecond)
	}
	done()
	stop()
	watchers.Wait()
	for stage, what := range []string{"the event is found", "alert in the database", "webhook received"} {
		row("line sent → "+what, p.say(stage), beside, []string{"≤ 2 s", "", ""}[stage])
	}
}

// say gives the median and the 99th percentile.
func (p *probes) say(stage int) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []time.Duration
	for _, d := range p.at[stage] {
		all = append(all, d)
	}
	if len(all) == 0 {
		return fmt.Sprintf("none of %d within 30 s", len(p.sent))
	}
	slices.Sort(all)
	said := fmt.Sprintf("median %d ms, p99 %d ms", all[len(all)/2].Milliseconds(), all[(len(all)*99-1)/100].Milliseconds())
	if len(all) < len(p.sent) {
		return fmt.Sprintf("%s; only %d of %d within 30 s", said, len(all), len(p.sent))
	}
	return fmt.Sprintf("%s (%d lines)", said, len(all))
}

// probeLine is a line that a rule of Toride's own calls somebody for. There are
// four families of alerts, because many of one family in an hour become one.
func probeLine(i int, mark string, second bool, now time.Time) string {
	c := 0
	if second {
		c = 100
	}
	a, b := byte(c+i/200), byte(i%200+1)
	head := func(id, subtype string) string {
		return fmt.Sprintf(`<189>date=%s time=%s devname="%s" devid="FG100FTK20004101" eventtime=%d tz="+0900" logid="%s" type="event" subtype="%s" level="information" vd="root" `,
			jst(now).Format(time.DateOnly), jst(now).Format(time.TimeOnly), mark, now.UnixNano(), id, subtype)
	}
	switch i % 4 {
	case 0:
		return head("0100044547", "system") + fmt.Sprintf(`logdesc="Object attribute configured" user="%s" ui="GUI(10.77.%d.%d)" action="Add" cfgtid=3080256 cfgpath="system.admin" cfgobj="s%d" cfgattr="accprofile[super_admin]password[*]" msg="Add system.admin s%d"`, mark, a, b, i, i)
	case 1:
		return fmt.Sprintf(`<173>%s %s smbd_audit[991]: BYOIN\%s|10.78.%d.%d|karte|pwrite|ok|/srv/karte/%s/HOW_TO_DECRYPT.txt`, jst(now).Format(time.Stamp), mark, mark, a, b, mark)
	case 2:
		return head("0101039947", "vpn") + fmt.Sprintf(`logdesc="SSL VPN tunnel up" action="tunnel-up" tunneltype="ssl-tunnel" tunnelid=%d remip=198.18.%d.%d srccountry="Netherlands" tunnelip=10.79.%d.%d user="%s" group="VPN-HOSHU" dst_host="N/A" reason="tunnel established" msg="SSL tunnel established"`, i+1, a, b, a, b, mark)
	}
	return head("0100044547", "system") + fmt.Sprintf(`logdesc="Object attribute configured" user="%s" ui="GUI(10.80.%d.%d)" action="Edit" cfgtid=3080256 cfgpath="log.syslogd.setting" cfgobj="" cfgattr="status[enable->disable]" msg="Edit log.syslogd.setting "`, mark, a, b)
}

func jst(t time.Time) time.Time { return t.In(time.FixedZone("JST", 9*3600)) }

// webhook receives calls.
func (l *live) webhook(t *testing.T, p *probes, phase string) {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var b webhook.Body
		if err := json.NewDecoder(r.Body).Decode(&b); err != nil {
			t.Error(err)
		}
		if b.Kind == "call" {
			p.reached(woken, b.Subject+"\n"+b.Text)
		}
	}))
	id, err := l.Parts.Notify.SaveChannel(t.Context(), ledger.System("test"), notify.Channel{Kind: "webhook", Name: "measure " + phase, On: true, Least: notify.Info, Values: map[string]string{"url": srv.URL}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Parts.Notify.RemoveChannel(context.WithoutCancel(t.Context()), ledger.System("test"), id); err != nil {
			t.Error(err)
		}
		srv.Close()
	})
}

// lookForEvents searches as the search page does.
func (l *live) lookForEvents(ctx context.Context, t *testing.T, p *probes, phase string) {
	expr, err := query.Parse("host.name: probe-"+phase+"-*", time.UTC)
	if err != nil {
		t.Error(err)
		return
	}
	from := time.Now().Add(-time.Minute)
	for ; ctx.Err() == nil; pause(ctx, 10*time.Millisecond) {
		v, done := l.Parts.Store.View()
		page, err := query.Rows(ctx, &v, query.Request{Query: expr, From: from}, 1000, "")
		done()
		if err != nil {
			t.Error(err)
			return
		}
		var hosts strings.Builder
		for _, e := range page.Events {
			hosts.WriteString(e.Core.Host + " ")
		}
		p.reached(found, hosts.String())
	}
}

// lookForAlerts reads what the page of alerts reads.
func (l *live) lookForAlerts(ctx context.Context, t *testing.T, p *probes) {
	for last := int64(0); ctx.Err() == nil; pause(ctx, 10*time.Millisecond) {
		rows, err := l.Book.DB().Read().QueryContext(context.WithoutCancel(ctx), "SELECT rowid, host || ' ' || entity FROM detect_alert WHERE rowid > ? ORDER BY rowid", last)
		if err != nil {
			t.Error(err)
			return
		}
		for rows.Next() {
			var keys string
			if err := rows.Scan(&last, &keys); err != nil {
				t.Error(err)
			}
			p.reached(alerted, keys)
		}
		if err := rows.Err(); err != nil {
			t.Error(err)
		}
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
	}
}
