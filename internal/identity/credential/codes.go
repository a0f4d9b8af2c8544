package credential

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
	RecoveryLen   = 16
	RecoveryCount = 10
	EnvelopeLen   = 20
	tokenLen      = 32 // bytes
)

// NewPaperCode gives a code in groups of four: 7QXK-….
func NewPaperCode(n int) string {
	var b strings.Builder
	for i, r := range random(n) {
		if i > 0 && i%4 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(alphabet[r&31])
	}
	return b.String()
}

// HashPaperCode hashes a code as typed: spaces, hyphens, case, full-width
// letters and the mix-ups O/0 and I, L/1 do not matter.
func HashPaperCode(typed string) string {
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
	return HashToken(plain)
}

// NewToken gives a token of 32 random bytes and what is stored of it.
func NewToken() (token, hash string) {
	token = base64.RawURLEncoding.EncodeToString(random(tokenLen))
	return token, HashToken(token)
}

// HashToken is the SHA-256 in hex. A fast hash is right here: tokens and codes
// are random, so there is nothing to guess.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
