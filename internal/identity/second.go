package identity

import (
	"context"
	"strings"

	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/web"
)

// codeLength is how many digits a one-time code has.
const codeLength = 6

// Second checks a second person who signs at somebody else's screen: the login,
// and as one text the password with the one-time code right behind it. Attempts
// count, lock and leave lines as those of a sign-in do; no session stays. The
// one fault for any wrong half is "identity.signin.wrong".
func (d *People) Second(ctx context.Context, login, secret string) (web.Person, error) {
	secret = strings.TrimSpace(secret)
	cut := max(0, len(secret)-codeLength)
	v := visitor{from: "second"}
	step, err := d.begin(ctx, login, strings.TrimRight(secret[:cut], " "), "/", v)
	if err != nil {
		return web.Person{}, err
	}
	token, _, err := d.finish(ctx, step, secret[cut:], v)
	if err != nil {
		return web.Person{}, err
	}
	p, err := d.Person(ctx, token, v.from)
	if err != nil {
		return web.Person{}, err
	}
	return p, d.SignOut(ctx, ledger.Actor{ID: p.ID, Name: p.Name, Login: p.Login, Via: v.from}, token)
}
