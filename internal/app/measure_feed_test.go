//go:build measure

package app_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/eventtest"
)

// feedEnv holds the plan of a process that only sends.
const feedEnv = "TORIDE_MEASURE_FEED"

// feedPlan says what is sent where.
type feedPlan struct {
	Syslog, Bulk, Token string
	Rate                int // events a second; 0: as fast as they are taken
	Seconds             int
	Distinct            int // different events; they are sent again and again
	Seed                uint64
}

// fed is what was sent.
type fed struct {
	Sent, Bulk, Bytes int64
	CPU               float64
}

// feeder is the sending process, seen from the app.
type feeder struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

// feed starts the sending process and waits until it has made its events.
func (l *live) feed(t *testing.T, p feedPlan) *feeder {
	t.Helper()
	p.Syslog, p.Bulk, p.Token = l.syslog, l.bulk, l.token
	plan, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	f := &feeder{cmd: exec.Command(os.Args[0], "-test.run", "^TestMeasure_Feed$", "-test.timeout", "0")}
	f.cmd.Env = append(os.Environ(), feedEnv+"="+string(plan))
	f.cmd.Stderr = os.Stderr
	out, err := f.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if f.in, err = f.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := f.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	f.out = bufio.NewScanner(out)
	f.line(t, "READY")
	return f
}

// line waits for a line that begins so, and gives the rest.
func (f *feeder) line(t *testing.T, begins string) string {
	t.Helper()
	for f.out.Scan() {
		if rest, ok := strings.CutPrefix(f.out.Text(), begins); ok {
			return rest
		}
	}
	t.Fatalf("the sender ended: %v", f.cmd.Wait())
	return ""
}

func (f *feeder) begin(t *testing.T) {
	t.Helper()
	if _, err := fmt.Fprintln(f.in, "go"); err != nil {
		t.Fatal(err)
	}
}

func (f *feeder) end(t *testing.T) (said fed) {
	t.Helper()
	if err := json.Unmarshal([]byte(f.line(t, "FED ")), &said); err != nil {
		t.Fatal(err)
	}
	if err := f.cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	return said
}

// TestMeasure_Feed is the sending process.
func TestMeasure_Feed(t *testing.T) {
	text := os.Getenv(feedEnv)
	if text == "" {
		t.Skip("a process of TestMeasure_Live")
	}
	s := &sender{}
	if err := json.Unmarshal([]byte(text), &s.plan); err != nil {
		t.Fatal(err)
	}
	s.make()
	fmt.Println("\nREADY")
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	spent := cpuSpent()
	s.send(t)
	out, err := json.Marshal(fed{Sent: s.sent.Load(), Bulk: s.bulk.Load(), Bytes: s.bytes.Load(), CPU: (cpuSpent() - spent).Seconds()})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("\nFED %s\n", out)
}

// block is events that are sent together.
type block struct {
	lines []byte // syslog, newline after each
	n     int
	bytes int
	docs  []doc
}

const blockRows = 2_000

// doc is a Windows document, apart where the number of its record stands: the
// same number again would be the same entry, which is kept once.
type doc struct {
	before, after []byte
	record        uint64
	key           string
}

// newDoc takes a document apart.
func newDoc(data []byte, key string) doc {
	const name = `"record_id":`
	at := bytes.Index(data, []byte(name)) + len(name)
	end := at
	for end < len(data) && data[end] >= '0' && data[end] <= '9' {
		end++
	}
	record, err := strconv.ParseUint(string(data[at:end]), 10, 64)
	if err != nil {
		panic(err) // eventtest writes others now
	}
	return doc{before: bytes.Clone(data[:at]), after: bytes.Clone(data[end:]), record: record, key: key}
}

type sender struct {
	plan              feedPlan
	blocks            []*block
	next              atomic.Int64
	sent, bulk, bytes atomic.Int64
	began             time.Time
}

// make makes the events, so that sending costs little.
func (s *sender) make() {
	now := time.Now() // clocks that are ahead would be doubted
	g := eventtest.New(s.plan.Seed, s.plan.Distinct, now.Add(-time.Hour), now)
	var r event.Record
	for i := range s.plan.Distinct {
		if i%blockRows == 0 {
			s.blocks = append(s.blocks, &block{})
		}
		b := s.blocks[len(s.blocks)-1]
		g.Next(&r, nil)
		b.bytes += len(r.Data)
		if r.Key != "" && s.plan.Bulk != "" {
			b.docs = append(b.docs, newDoc(r.Data, r.Key))
			continue
		}
		b.lines = append(append(b.lines, r.Data...), '\n')
		b.n++
	}
}

// senders is how many connections of each kind there are.
const senders = 4

func (s *sender) send(t *testing.T) {
	s.began = time.Now()
	ctx, stop := context.WithTimeout(t.Context(), time.Duration(s.plan.Seconds)*time.Second)
	defer stop()
	var all sync.WaitGroup
	for range senders {
		all.Go(func() {
			if err := s.one(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// one sends block after block over connections of its own.
func (s *sender) one(ctx context.Context) error {
	conn, err := net.Dial("tcp", s.plan.Syslog)
	if err != nil {
		return err
	}
	defer conn.Close()
	// The certificate is the app's own, made a moment ago, and this is loopback.
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer client.CloseIdleConnections()
	var body bytes.Buffer
	for ctx.Err() == nil {
		i := s.next.Add(1) - 1
		s.pace(ctx, i)
		b := s.blocks[i%int64(len(s.blocks))]
		if _, err := conn.Write(b.lines); err != nil {
			return err
		}
		if err := s.post(client, b, i/int64(len(s.blocks)), &body); err != nil {
			return err
		}
		s.sent.Add(int64(b.n + len(b.docs)))
		s.bulk.Add(int64(len(b.docs)))
		s.bytes.Add(int64(b.bytes))
	}
	return nil
}

// pace waits until block i is due.
func (s *sender) pace(ctx context.Context, i int64) {
	if s.plan.Rate == 0 {
		return
	}
	due := s.began.Add(time.Duration(float64(i) * blockRows / float64(s.plan.Rate) * float64(time.Second)))
	pause(ctx, time.Until(due))
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(max(d, 0))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// post sends the documents of a block until all are acknowledged. round makes
// their keys and the numbers of their records new, because what came before is a
// resend.
func (s *sender) post(client *http.Client, b *block, round int64, body *bytes.Buffer) error {
	if len(b.docs) == 0 {
		return nil
	}
	body.Reset()
	for i := range b.docs {
		d := &b.docs[i]
		fmt.Fprintf(body, `{"create":{"_index":"winlogbeat","_id":"%s-%d-%d"}}`+"\n", d.key, s.plan.Seed, round)
		body.Write(d.before)
		body.Write(strconv.AppendUint(body.AvailableBuffer(), d.record+uint64(round)*uint64(s.plan.Distinct), 10))
		body.Write(d.after)
		body.WriteByte('\n')
	}
	for {
		r, err := http.NewRequest(http.MethodPost, "https://"+s.plan.Bulk+"/_bulk", bytes.NewReader(body.Bytes()))
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", "application/x-ndjson")
		r.Header.Set("Authorization", "Bearer "+s.plan.Token)
		resp, err := client.Do(r)
		if err != nil {
			return err
		}
		answer, err := io.ReadAll(resp.Body)
		if err := resp.Body.Close(); err != nil {
			return err
		}
		switch {
		case err != nil:
			return err
		case resp.StatusCode == http.StatusOK && bytes.Contains(answer[:min(len(answer), 200)], []byte(`"errors":false`)):
			return nil
		case resp.StatusCode == http.StatusOK || resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable:
			pause(context.Background(), 200*time.Millisecond) // pushed back: the same again
		default:
			return fmt.Errorf("bulk: %s: %.300s", resp.Status, answer)
		}
	}
}
