package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/text"
)

// Client sends commands to the Toride that has the data folder open.
type Client struct {
	http *http.Client
	lang text.Lang // of the answers' sentences
}

// Dial finds the running Toride of the data folder.
func Dial(cfg Config, lang text.Lang) *Client {
	return &Client{lang: lang, http: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", cfg.Socket())
		},
	}}}
}

// With runs do with a client: of the running Toride, or, when none runs, of
// one that lives for as long as do does and serves no pages.
func With(ctx context.Context, cfg Config, lang text.Lang, do func(*Client) error) (err error) {
	c := Dial(cfg, lang)
	defer c.http.CloseIdleConnections()
	if _, err := c.Get(ctx, "/status"); err == nil {
		return do(c)
	}
	a, err := Open(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	l, err := a.listenAdmin()
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: a.adminHandler(), ReadHeaderTimeout: 10 * time.Second, ConnContext: withConn}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	err = do(c)
	c.http.CloseIdleConnections()
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	return errors.Join(err, srv.Shutdown(stop), closed(<-done))
}

// Get asks and gives the whole answer.
func (c *Client) Get(ctx context.Context, path string) ([]byte, error) {
	var out bytes.Buffer
	_, err := c.Do(ctx, http.MethodGet, path, nil, &out)
	return out.Bytes(), err
}

// Post sends body and gives the whole answer.
func (c *Client) Post(ctx context.Context, path string, body io.Reader) ([]byte, error) {
	var out bytes.Buffer
	_, err := c.Do(ctx, http.MethodPost, path, body, &out)
	return out.Bytes(), err
}

// Do sends a command and copies the answer to out. It returns the answer's
// trailer. What Toride refused comes back as the same fault.
func (c *Client) Do(ctx context.Context, method, path string, body io.Reader, out io.Writer) (http.Header, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://toride"+path, body)
	if err != nil {
		return nil, fmt.Errorf("app: %w", err)
	}
	req.Header.Set("Accept-Language", string(c.lang))
	res, err := c.http.Do(req)
	if err != nil {
		return nil, fault.New(fault.Busy, "app.not_running").With(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		var f Failure
		if err := json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(&f); err != nil {
			return nil, fmt.Errorf("app: status %d: %w", res.StatusCode, err)
		}
		return nil, &fault.Error{Kind: f.Kind, Msg: text.Raw(f.Say)}
	}
	if _, err := io.Copy(out, res.Body); err != nil {
		return nil, fault.New(fault.Busy, "app.not_running").With(err)
	}
	return res.Trailer, nil
}
