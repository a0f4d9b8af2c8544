// Package webhook posts calls as JSON to another system: a chat server inside
// the hospital, a paging gateway, a monitoring system.
//
// The body is signed with HMAC-SHA256 over the body (header X-Toride-Signature:
// sha256=…) when a key is set, so that the other side can tell it from a
// forgery. Redirects are not followed, because the place was set by a person.
package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/notify/channel"
)

// Kind describes the webhook.
func Kind() channel.Kind {
	return channel.Kind{Name: "webhook", Beats: true, Clears: true, Fields: []channel.Field{
		{Name: "url", Required: true, Help: true},
		{Name: "ca", Help: true},
		{Name: "key", Secret: true, Help: true},
		{Name: "bearer", Secret: true},
	}, New: open}
}

type sender struct {
	url    string
	key    string
	bearer string
	client *http.Client
}

const timeout = 15 * time.Second

func open(s channel.Settings) (channel.Sender, error) {
	client, err := Client(s["url"], s["ca"])
	if err != nil {
		return nil, err
	}
	return &sender{url: s["url"], key: s["key"], bearer: s["bearer"], client: client}, nil
}

// Client checks an address and makes a client for it that trusts the given
// authority (PEM) or, without one, those of the system.
func Client(address, ca string) (*http.Client, error) {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" {
		return nil, fault.New(fault.Invalid, "notify.bad_url", address).With(err)
	}
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca != "" {
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM([]byte(ca)) {
			return nil, fault.New(fault.Invalid, "notify.bad_ca")
		}
	}
	return &http.Client{
		Timeout:       timeout,
		Transport:     &http.Transport{TLSClientConfig: conf, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

// Body is the JSON that is posted. Names are fixed; new ones may be added.
type Body struct {
	ID       string    `json:"id"`
	Kind     string    `json:"kind"` // call, clear, test, heartbeat
	Level    string    `json:"level,omitempty"`
	Subject  string    `json:"subject"`
	Text     string    `json:"text"` // what chat servers show
	URL      string    `json:"url,omitempty"`
	Hospital string    `json:"hospital"`
	At       time.Time `json:"@timestamp"`
	Names    []string  `json:"names,omitempty"`
}

// Send posts the message; any answer from 200 to 299 means that it was taken.
func (s *sender) Send(ctx context.Context, m channel.Message) error {
	said := m.Subject
	if m.Body != "" {
		said += "\n" + m.Body
	}
	body, err := json.Marshal(Body{m.ID, string(m.Kind), m.Level, m.Subject, said, m.URL, m.Hospital, m.At.UTC(), m.Names})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("User-Agent", "Toride")
	if s.bearer != "" {
		r.Header.Set("Authorization", "Bearer "+s.bearer)
	}
	if s.key != "" {
		mac := hmac.New(sha256.New, []byte(s.key))
		mac.Write(body)
		r.Header.Set("X-Toride-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	}
	return Do(s.client, r)
}

// maxAnswer is how much of an answer is read, in bytes.
const maxAnswer = 4 << 10

// Do sends a request and turns an answer outside 200–299 into a fault. No error
// names the address: that of a chat server or a lamp often holds a password, and
// everybody who may look at notifications reads why one was not taken.
func Do(client *http.Client, r *http.Request) error {
	resp, err := client.Do(r)
	if whole, ok := errors.AsType[*url.Error](err); ok {
		return whole.Err
	}
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.CopyN(io.Discard, resp.Body, maxAnswer); err != nil && err != io.EOF {
		return err
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fault.New(fault.Conflict, "notify.answer", resp.Status)
	}
	return nil
}
