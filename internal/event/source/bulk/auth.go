package bulk

import (
	"encoding/base64"
	"net/http"
	"strings"
)

// allowed says whether the request shows the token, in any of the ways in which
// senders can be told to: "ApiKey" (as it is, or base64 of "id:key", the
// beats' way), "Bearer", or the password of "Basic".
func (s *Source) allowed(r *http.Request) bool {
	scheme, rest, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok {
		return false
	}
	rest = strings.TrimSpace(rest)
	switch strings.ToLower(scheme) {
	case "bearer":
		return s.set.Token(rest)
	case "basic":
		_, password, ok := r.BasicAuth()
		return ok && s.set.Token(password)
	case "apikey":
		if s.set.Token(rest) {
			return true
		}
		plain, err := base64.StdEncoding.DecodeString(rest)
		if err != nil {
			return false
		}
		_, key, ok := strings.Cut(string(plain), ":")
		return s.set.Token(string(plain)) || ok && s.set.Token(key)
	}
	return false
}
