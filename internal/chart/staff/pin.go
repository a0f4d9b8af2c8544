package staff

import (
	"crypto/rand"
	"crypto/subtle"
	"math/big"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/torideproject/toride/internal/identity/credential"
	"github.com/torideproject/toride/internal/text"
)

// Params are the costs of a PIN's hash: argon2id with 19 MiB and two passes
// (OWASP Password Storage Cheat Sheet, second recommendation). A sign-in takes
// some 30 ms of one core, so that two cores let sixty people a second in: a
// morning shift waits for nobody.
func Params() credential.Params { return credential.Params{Memory: 19 << 10, Time: 2, Threads: 1} }

// Lengths of PINs and one-time codes in digits.
const (
	minPIN  = 6
	maxPIN  = 12
	lenOnce = 16
)

// digits makes what was typed plain: narrow digits, no spaces, no hyphens.
func digits(typed string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '‐' || r == '−' || r == 'ー' {
			return -1
		}
		return r
	}, norm.NFKC.String(typed))
}

// pinFault says why a PIN cannot be taken; zero: it can.
func pinFault(pin, number string) text.Msg {
	if strings.Trim(pin, "0123456789") != "" {
		return text.M("staff.pin.digits")
	}
	if len(pin) < minPIN || len(pin) > maxPIN {
		return text.M("staff.pin.length", minPIN, maxPIN)
	}
	if plainPIN(pin) {
		return text.M("staff.pin.plain")
	}
	if n := strings.TrimLeft(number, "0"); len(n) >= 4 && strings.Contains(pin, n) || strings.TrimLeft(pin, "0") == n {
		return text.M("staff.pin.number")
	}
	return text.Msg{}
}

// plainPIN reports whether a PIN is one that everybody tries first: one digit,
// two digits in turn, up or down the row, halves that are the same.
func plainPIN(pin string) bool {
	seen, steps := map[rune]bool{}, map[int]bool{}
	for i, r := range pin {
		seen[r] = true
		if i > 0 {
			steps[(int(r)-int(pin[i-1])+10)%10] = true
		}
	}
	if len(seen) <= 2 || len(steps) == 1 {
		return true
	}
	half := len(pin) / 2
	return len(pin)%2 == 0 && pin[:half] == pin[half:]
}

// newDigits gives n random digits.
func newDigits(n int) string {
	var b strings.Builder
	for range n {
		d, _ := rand.Int(rand.Reader, big.NewInt(10)) // never fails since Go 1.24
		b.WriteByte('0' + byte(d.Int64()))
	}
	return b.String()
}

// newPIN gives a random PIN that pinFault takes.
func newPIN(number string) string {
	for {
		if pin := newDigits(minPIN); pinFault(pin, number).Zero() {
			return pin
		}
	}
}

// grouped writes a one-time code in groups of four.
func grouped(code string) string {
	var parts []string
	for len(code) > 4 {
		parts, code = append(parts, code[:4]), code[4:]
	}
	return strings.Join(append(parts, code), "-")
}

// hashOnce hashes a one-time code for one person. A fast hash is enough: it is
// random, of 53 bits, for a single use, and of a few weeks.
func hashOnce(person, code string) string { return credential.HashToken(person + " " + code) }

func sameHash(a, b string) bool {
	return a != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}
