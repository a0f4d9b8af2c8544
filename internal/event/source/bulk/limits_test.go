package bulk

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event/source"
	"github.com/torideproject/toride/internal/event/source/sourcetest"
)

const word = "kakuu-no-aikotoba"

// small starts a source with limits that a test can reach.
func small(t *testing.T, change func(*limits)) *sourcetest.Running {
	t.Helper()
	kind := Kind()
	ordinary := kind.New
	kind.New = func(cfg source.Config, set source.Settings) (source.Source, error) {
		s, err := ordinary(cfg, set)
		if err == nil {
			change(&s.(*Source).lim)
		}
		return s, err
	}
	return sourcetest.Start(t, kind, source.Settings{Network: "tcp", Address: "127.0.0.1:0", Zone: time.UTC, MaxLine: 1000, Token: func(s string) bool { return s == word }})
}

// dial connects from one of the loopback's own addresses and says words.
func dial(t *testing.T, r *sourcetest.Running, from, words string) net.Conn {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	conn, err := d.DialContext(t.Context(), "tcp", r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := conn.Write([]byte(words)); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	return conn
}

func head(length int) string {
	return fmt.Sprintf("POST /_bulk HTTP/1.1\r\nHost: toride\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n", word, length)
}

const lines2 = "{\"create\":{}}\n{\"n\":1}\n"

func answered(t *testing.T, in *bufio.Reader) (int, string) {
	t.Helper()
	resp, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// Whoever shows no token and announces a body that never comes is not waited for.
func TestLimits_AStrangerGetsNoTime(t *testing.T) {
	r := small(t, func(l *limits) { l.stranger = 50 * time.Millisecond })
	conn := dial(t, r, "127.0.0.1", "POST /_bulk HTTP/1.1\r\nHost: toride\r\nContent-Length: 1000\r\n\r\n{")
	rest, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal("the connection stays open:", err)
	}
	if len(rest) > 0 && !strings.HasPrefix(string(rest), "HTTP/1.1 401") {
		t.Errorf("answer %q", rest)
	}
	r.Stop(t)
}

// A body of which single bytes come is not waited for either, however often they come.
func TestLimits_ATrickle(t *testing.T) {
	r := small(t, func(l *limits) { l.chunk = 200 * time.Millisecond })
	conn := dial(t, r, "127.0.0.1", head(1000)+"{\"create\":{}}\n{\"n\":\"")
	stop := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				if _, err := conn.Write([]byte("x")); err != nil {
					return
				}
			case <-stop:
				return
			}
		}
	}()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	close(stop)
	<-ended
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusRequestTimeout {
		t.Errorf("answer %d", resp.StatusCode)
	}
	r.Stop(t)
}

// One sender that holds many requests open keeps no other from sending.
func TestLimits_OneSenderDoesNotTakeAllTurns(t *testing.T) {
	r := small(t, func(l *limits) { l.queue = 20 * time.Second })
	for range maxRequests + 2 {
		dial(t, r, "127.0.0.2", head(1000)+"{\"create\":{}}\n")
	}
	// They are read in no certain order: the other asks again and again, so that
	// one of its requests meets all of theirs.
	for range 20 {
		conn := dial(t, r, "127.0.0.3", head(len(lines2))+lines2)
		if code, body := answered(t, bufio.NewReader(conn)); code != http.StatusOK {
			t.Fatalf("answer %d %s", code, body)
		}
		_ = conn.Close()
	}
}

// A packed body that unpacks to nothing for ever ends where any body does.
func TestPaced_EndsAtTheGreatestBody(t *testing.T) {
	t.Parallel()
	p := &paced{in: strings.NewReader("x"), got: maxBody + 1, set: true}
	if _, err := p.Read(make([]byte, 1)); !errors.Is(err, errBody) {
		t.Errorf("read goes on: %v", err)
	}
}

// A document alone may have several lines; all of it is kept.
func TestDocument_OfSeveralLines(t *testing.T) {
	r := small(t, func(*limits) {})
	words := "{\n  \"user\": \"sato\",\r\n\n  \"n\": 1\n}\n"
	conn := dial(t, r, "127.0.0.1", strings.Replace(head(len(words)), "/_bulk", "/logs/_doc", 1)+words)
	if code, body := answered(t, bufio.NewReader(conn)); code != http.StatusCreated {
		t.Fatalf("answer %d %s", code, body)
	}
	_ = conn.Close()
	r.Stop(t)
	if got := string(r.Sink.Records()[0].Data); got != "{\n  \"user\": \"sato\",\n\n  \"n\": 1\n}" {
		t.Errorf("kept %q", got)
	}
}
