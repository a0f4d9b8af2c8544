package credential

import (
	"crypto/subtle"
	"encoding/base32"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"golang.org/x/text/unicode/norm"
)

// Second factor: TOTP (RFC 6238) with what every authenticator app knows:
// SHA-1, six digits, 30 seconds; a seed of 160 bits.
const (
	Period     = 30 // seconds of one step
	totpSkew   = 1  // steps before and after: a telephone's clock may be off by that much
	totpDigits = 6
	seedLen    = 20
)

// Verdict says what became of a code.
type Verdict uint8

// The verdicts. Wrong is the zero value.
const (
	Wrong    Verdict = iota
	Replayed         // right, but it or a later one was used before
	Accepted
)

// NewSeed gives a new seed in base32, as apps and people take it.
func NewSeed() string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(random(seedLen))
}

// CheckCode compares a code with those of the steps around now. Only a step
// later than last is accepted; the caller stores the step that is given back,
// so that no code is taken twice. All steps are always computed. A clock that
// was set back gives steps that are not later, which are refused.
func CheckCode(seed, code string, now time.Time, last int64) (int64, Verdict) {
	code = plainCode(code)
	at := now.Unix() / Period
	step, v := int64(0), Wrong
	for s := at - totpSkew; s <= at+totpSkew; s++ {
		if s < 0 {
			continue
		}
		want, err := CodeAt(seed, s)
		if err != nil || subtle.ConstantTimeCompare([]byte(want), []byte(code)) != 1 {
			continue
		}
		switch {
		case s > last && v != Accepted:
			step, v = s, Accepted
		case v == Wrong:
			v = Replayed
		}
	}
	return step, v
}

// CodeAt gives the code of a step, which must not be negative: the number of
// Periods since 1970.
func CodeAt(seed string, step int64) (string, error) {
	return hotp.GenerateCodeCustom(seed, uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}) //nolint:gosec // step ≥ 0
}

// plainCode takes out what people and apps put between the digits.
func plainCode(code string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '-' {
			return -1
		}
		return r
	}, norm.NFKC.String(code))
}

// LooksLikeCode tells a six-digit code from a recovery code.
func LooksLikeCode(s string) bool {
	p := plainCode(s)
	return len(p) == totpDigits && digits(p)
}

// SeedURL is what an authenticator app reads from the QR code. The hospital's
// name is left out: with it the picture of a long Japanese name would be too
// fine for a small telephone.
func SeedURL(login, seed string) string {
	u := url.URL{Scheme: "otpauth", Host: "totp", Path: "/Toride:" + login,
		RawQuery: url.Values{"secret": {seed}, "issuer": {"Toride"}}.Encode()}
	return u.String()
}

// Grouped writes a seed in groups of four for typing.
func Grouped(s string) string {
	var b strings.Builder
	for i, r := range s {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}
