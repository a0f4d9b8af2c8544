package web

import (
	"net/http"

	"github.com/torideproject/toride/internal/text"
)

// own is the shell's share of the site: the language switch and small files
// that browsers ask for.
func (s *Server) own() Module {
	return Module{Name: "web", Routes: []Route{
		{Pattern: "POST /lang", Perm: Public, Do: switchLang},
		{Pattern: "GET /favicon.ico", Perm: Public, Do: favicon},
		{Pattern: "GET /live", Perm: SignedIn, Do: s.live},
	}}
}

// ownPages are the shell's pages, checked like those of every module.
func ownPages() Module {
	return Module{Name: "web", Files: files, Pages: []Page{
		{Name: "fault", Data: FaultPage{}},
		{Name: "form", Data: FormPage{}},
	}}
}

func switchLang(c *Call) error {
	lang := text.ParseLang(c.R.PostFormValue("lang"))
	c.SetCookie(LangCookie, string(lang), 365*24*3600)
	return c.Redirect(LocalPath(c.R.PostFormValue("next")), text.Msg{})
}

func favicon(c *Call) error {
	http.Redirect(c.W, c.R, c.srv.assets.url("icon.svg"), http.StatusSeeOther)
	return nil
}
