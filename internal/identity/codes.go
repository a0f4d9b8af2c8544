package identity

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// alphabet is Crockford's base 32: no I, L, O, U, so that what is read from
// paper is typed right.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// Lengths of the codes on paper in characters of five bits. With 80 and 100
// bits of randomness their plain SHA-256 cannot be searched.
const (
	recoveryLen   = 16
	recoveryCount = 10
	envelopeLen   = 20
	tokenLen      = 32 // bytes
)

// newPaperCode gives a code in groups of four: 7QXK-….
func newPaperCode(n int) string {
	var b strings.Builder
	for i, r := range random(n) {
		if i > 0 && i%4 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(alphabet[r&31])
	}
	return b.String()
}

// hashPaperCode hashes a code as typed: spaces, hyphens, case, full-width
// letters and the mix-ups O/0 and I, L/1 do not matter.
func hashPaperCode(typed string) string {
	plain := strings.Map(func(r rune) rune {
		switch r = unicode.ToUpper(r); {
		case r == 'O':
			return '0'
		case r == 'I' || r == 'L':
			return '1'
		case strings.ContainsRune(alphabet, r):
			return r
		}
		return -1
	}, norm.NFKC.String(typed))
	return hashToken(plain)
}

// newToken gives a token of 32 random bytes and what is stored of it.
func newToken() (token, hash string) {
	token = base64.RawURLEncoding.EncodeToString(random(tokenLen))
	return token, hashToken(token)
}

// hashToken is the SHA-256 in hex. A fast hash is right here: tokens and codes
// are random, so there is nothing to guess.
func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
