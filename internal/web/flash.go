package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/torideproject/toride/internal/text"
)

// sealer signs what the browser keeps for the shell. A message of the browser's
// own making could put words into Toride's mouth, and one that is nested in
// itself grows with each level: 1 kB of cookie became a page of 60 MB.
type sealer struct{ key [32]byte }

func newSealer() *sealer {
	var s sealer
	_, _ = rand.Read(s.key[:]) // never fails since Go 1.24
	return &s
}

func (s *sealer) sum(data []byte) []byte {
	mac := hmac.New(sha256.New, s.key[:])
	mac.Write(data)
	return mac.Sum(nil)
}

func (s *sealer) seal(data []byte) string {
	return base64.RawURLEncoding.EncodeToString(data) + "." + base64.RawURLEncoding.EncodeToString(s.sum(data))
}

// open gives what seal was given; false for anything else, also for what
// another run of the program sealed.
func (s *sealer) open(sealed string) ([]byte, bool) {
	body, sum, _ := strings.Cut(sealed, ".")
	data, err := base64.RawURLEncoding.DecodeString(body)
	got, sumErr := base64.RawURLEncoding.DecodeString(sum)
	if err != nil || sumErr != nil || !hmac.Equal(got, s.sum(data)) {
		return nil, false
	}
	return data, true
}

// Redirect answers a successful POST. The message is shown once on the next
// page; a zero message shows nothing.
func (c *Call) Redirect(to string, message text.Msg) error {
	if !message.Zero() {
		if data, err := json.Marshal(message); err == nil && len(data) < 2800 {
			c.SetCookie(flashCookie, c.srv.sealer.seal(data), 60)
		}
	}
	http.Redirect(c.W, c.R, to, http.StatusSeeOther)
	return nil
}

// flash takes the message of the last redirect and deletes it.
func (c *Call) flash() text.Msg {
	cookie, err := c.R.Cookie(flashCookie)
	if err != nil {
		return text.Msg{}
	}
	c.SetCookie(flashCookie, "", -1)
	data, ok := c.srv.sealer.open(cookie.Value)
	var m text.Msg
	if !ok || json.Unmarshal(data, &m) != nil || (m.Key != "" && !c.srv.cfg.Catalog.Has(m.Key)) {
		return text.Msg{}
	}
	return m
}
