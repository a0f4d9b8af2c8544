package web

import (
	"context"
	"net/http"
	"time"

	"github.com/torideproject/toride/internal/fault"
)

// late is from when on an answer is late.
const late = 2 * time.Second

// stillIn looks, before a page that took long to make is shown, whether its
// reader is still there: the session may have locked or ended meanwhile, and the
// page would stand open before whoever comes by. Once unlocked the browser comes
// back for it. What was sent with a form is done by then, and what it answers may
// be shown once only (codes, keys): it goes out.
func (c *Call) stillIn(status int) error {
	if c.Person.ID == "" || status >= http.StatusMultipleChoices || c.R.Method != http.MethodGet || c.srv.cfg.Clock().Sub(c.Now) < late {
		return nil
	}
	cookie, err := c.R.Cookie(SessionCookie)
	if err != nil {
		return fault.New(fault.SignIn, "web.sign_in")
	}
	// Nobody used the session by waiting.
	p, err := c.srv.cfg.Sessions.Person(context.WithValue(c.Ctx(), passiveKey{}, true), cookie.Value, c.From())
	switch {
	case err != nil && fault.KindOf(err) == fault.SignIn:
		return err
	case err != nil:
		return nil // it cannot be asked now, and could be when the page was begun
	case p.ID != c.Person.ID:
		return fault.New(fault.SignIn, "web.sign_in")
	}
	return nil
}
