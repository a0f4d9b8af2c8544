package app

import (
	"net/http"

	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
)

// handler registers one command.
type handler = func(pattern string, do func(w http.ResponseWriter, r *http.Request, actor ledger.Actor) error)

func langOf(accept string) text.Lang { return text.ParseLang(accept) }

// adminParts are the commands that belong to one domain.
func (a *App) adminParts(handle handler) {
	handle("GET /doctor", func(w http.ResponseWriter, r *http.Request, _ ledger.Actor) error {
		findings, err := a.examine(r.Context(), r.Header.Get("Accept-Language"))
		if err != nil {
			return err
		}
		return reply(w, findings)
	})
}
