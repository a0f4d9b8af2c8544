package web

import (
	"context"
	"encoding/json"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/text"
)

// Names of the cookies. The __Host- prefix makes the browser refuse them
// without TLS, from a sub-domain, or for another path.
const (
	SessionCookie = "__Host-toride"
	LangCookie    = "__Host-toride-lang"
	flashCookie   = "__Host-toride-flash"
)

// Call is one request on its way through a handler.
type Call struct {
	W      http.ResponseWriter
	R      *http.Request
	Person Person // ID is empty where nobody is signed in
	Lang   text.Lang
	Now    time.Time

	srv      *Server
	id       string
	body     io.ReadCloser // of the request, without its limit
	parsed   bool
	parseErr error
	status   int // of the answer, once a page or a fault was rendered
	setting  Setting
}

// open finds language, hospital and person. A bad session is no error here:
// public pages are for everyone.
func (c *Call) open() error {
	c.Lang = text.ParseLang(c.R.Header.Get("Accept-Language"))
	if cookie, err := c.R.Cookie(LangCookie); err == nil {
		c.Lang = text.ParseLang(cookie.Value)
	}
	var err error
	if c.setting, err = c.srv.cfg.Setting(c.Ctx()); err != nil {
		return err
	}
	cookie, err := c.R.Cookie(SessionCookie)
	if err != nil || c.srv.cfg.Sessions == nil {
		return nil
	}
	person, err := c.srv.cfg.Sessions.Person(c.Ctx(), cookie.Value, c.From())
	if err != nil {
		if fault.KindOf(err) == fault.SignIn {
			return nil
		}
		return err
	}
	c.Person = person
	if person.Lang != "" {
		c.Lang = text.ParseLang(person.Lang)
	}
	return nil
}

func (c *Call) allow(perm Perm) error {
	switch {
	case perm == Public:
		return nil
	case c.Person.ID == "":
		return fault.New(fault.SignIn, "web.sign_in")
	case !c.Person.Can(perm):
		return c.denied(perm)
	}
	return nil
}

// denied names the right that is missing, in words where there are any.
func (c *Call) denied(perm Perm) error {
	if m := c.Known(text.M("right." + string(perm))); m.Key != "" {
		return fault.New(fault.Denied, withoutRight, m)
	}
	return fault.New(fault.Denied, withoutRight, string(perm))
}

// Ctx ends when the reader goes away.
func (c *Call) Ctx() context.Context { return c.R.Context() }

// From is the reader's address without port.
func (c *Call) From() string {
	host, _, err := net.SplitHostPort(c.R.RemoteAddr)
	if err != nil {
		return c.R.RemoteAddr
	}
	return host
}

// Path gives a part of the path by its name in the route's pattern.
func (c *Call) Path(name string) string { return c.R.PathValue(name) }

// Query gives a parameter of the URL.
func (c *Call) Query(name string) string { return c.R.URL.Query().Get(name) }

// PageNumber gives the "page" parameter, from 1.
func (c *Call) PageNumber() int {
	n, err := strconv.Atoi(c.Query("page"))
	if err != nil || n < 1 {
		return 1
	}
	return n
}

// T gives the sentence of the key in the reader's language.
func (c *Call) T(key string, args ...any) string { return c.Say(text.M(key, args...)) }

// Say gives the message in the reader's language.
func (c *Call) Say(m text.Msg) string { return c.srv.cfg.Catalog.Say(c.Lang, m) }

// Zone is the hospital's time zone.
func (c *Call) Zone() *time.Location { return c.srv.cfg.Catalog.Zone() }

// Hospital is the hospital's name, for print-outs and files.
func (c *Call) Hospital() string { return c.setting.Hospital }

// SetCookie sets a host-only, http-only cookie that TLS alone carries. maxAge
// is in seconds; zero ends with the browser, below zero deletes.
func (c *Call) SetCookie(name, value string, maxAge int) {
	http.SetCookie(c.W, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: maxAge,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// Download answers with a file. The name is one that Toride made.
func (c *Call) Download(name, contentType string, data []byte) error {
	h := c.W.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(data)))
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	_, err := c.W.Write(data)
	return err
}

// JSON answers with v as JSON.
func (c *Call) JSON(status int, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	if err := c.stillIn(status); err != nil {
		return err
	}
	c.W.Header().Set("Content-Type", "application/json; charset=utf-8")
	c.status = status
	c.W.WriteHeader(status)
	_, err = c.W.Write(append(data, '\n'))
	return err
}

func (c *Call) wantsJSON() bool {
	return strings.HasPrefix(c.R.Header.Get("Accept"), "application/json")
}

// LocalPath gives next if it is a path of this site, else "/". It keeps a
// sign-in link from sending people elsewhere.
func LocalPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(next, "/") ||
		strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n") {
		return "/"
	}
	return next
}

func escapeNext(uri string) string { return url.QueryEscape(LocalPath(uri)) }

// withPage is the current URL with another page number.
func (c *Call) withPage(n int) string {
	q := c.R.URL.Query()
	q.Set("page", strconv.Itoa(n))
	return c.R.URL.Path + "?" + q.Encode()
}

// Known gives the message if its key has words, else the zero message.
func (c *Call) Known(m text.Msg) text.Msg {
	if c.srv.cfg.Catalog.Has(m.Key) {
		return m
	}
	return text.Msg{}
}
