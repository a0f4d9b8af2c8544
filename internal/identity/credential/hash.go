package credential

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"github.com/torideproject/toride/internal/fault"
)

// Params are the costs of argon2id (RFC 9106).
type Params struct {
	Memory  uint32 // KiB
	Time    uint32 // passes
	Threads uint8
}

// DefaultParams are those of RFC 9106 section 4, second recommended option,
// with two lanes for a box of two cores: about 0.1 s and 64 MiB a computation.
func DefaultParams() Params { return Params{Memory: 64 << 10, Time: 3, Threads: 2} }

// Limits of a stored hash. A row that was tampered with must not be able to
// take all memory or minutes of time.
const (
	maxMemory  = 256 << 10 // KiB
	maxTime    = 16
	maxThreads = 16
	maxPHC     = 256 // bytes of the whole string
	saltLen    = 16
	keyLen     = 32
)

// phc is a parsed hash in the PHC string format,
// $argon2id$v=19$m=65536,t=3,p=2$salt$key.
type phc struct {
	params Params
	salt   []byte
	key    []byte
}

func (h phc) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		h.params.Memory, h.params.Time, h.params.Threads, b64.EncodeToString(h.salt), b64.EncodeToString(h.key))
}

// parsePHC reads what String writes and nothing else: exactly one string
// stands for a hash.
func parsePHC(s string) (phc, error) {
	bad := func(why string) (phc, error) { return phc{}, fmt.Errorf("identity: stored hash: %s", why) }
	parts := strings.Split(s, "$")
	if len(s) > maxPHC || len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return bad("not argon2id")
	}
	var h phc
	costs := strings.Split(parts[3], ",")
	if len(costs) != 3 {
		return bad("costs")
	}
	m, err1 := cost(costs[0], "m=", maxMemory)
	t, err2 := cost(costs[1], "t=", maxTime)
	p, err3 := cost(costs[2], "p=", maxThreads)
	if err1 != nil || err2 != nil || err3 != nil || m < 8*p {
		return bad("costs")
	}
	h.params = Params{Memory: m, Time: t, Threads: uint8(p)} //nolint:gosec // ≤ maxThreads
	var err error
	if h.salt, err = base64.RawStdEncoding.Strict().DecodeString(parts[4]); err != nil || len(h.salt) < 8 {
		return bad("salt")
	}
	if h.key, err = base64.RawStdEncoding.Strict().DecodeString(parts[5]); err != nil || len(h.key) < 16 {
		return bad("key")
	}
	if h.String() != s {
		return bad("not canonical")
	}
	return h, nil
}

func cost(s, prefix string, limit uint64) (uint32, error) {
	digits, ok := strings.CutPrefix(s, prefix)
	if !ok {
		return 0, strconv.ErrSyntax
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || n < 1 || n > limit {
		return 0, strconv.ErrRange
	}
	return uint32(n), nil
}

// hashSlots is how many hashes are computed at the same time: many sign-ins at
// once wait instead of taking the machine's memory.
const hashSlots = 2

// Hasher computes and checks password hashes and counts its computations.
type Hasher struct {
	params Params
	slots  chan struct{}
	dummy  string
	count  atomic.Int64
}

func NewHasher(params Params) *Hasher {
	h := &Hasher{params: params, slots: make(chan struct{}, hashSlots)}
	decoy := phc{params: params, salt: random(saltLen), key: random(keyLen)}
	h.dummy = decoy.String()
	return h
}

// Count is how many hashes were computed so far. Tests compare ways by it,
// where time would lie.
func (h *Hasher) Count() int64 { return h.count.Load() }

// Hash gives a new hash of the password with a new salt.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	out := phc{params: h.params, salt: random(saltLen)}
	key, err := h.compute(ctx, out, keyLen, password)
	if err != nil {
		return "", err
	}
	out.key = key
	return out.String(), nil
}

// Verify checks a password. An empty stored hash (no such person, no password
// yet, disabled) is answered with false after the same computation. stale says
// that the hash was made with lower costs and should be made anew.
func (h *Hasher) Verify(ctx context.Context, stored, password string) (ok, stale bool, err error) {
	real := stored != ""
	if !real {
		stored = h.dummy
	}
	parsed, err := parsePHC(stored)
	if err != nil {
		return false, false, fault.New(fault.Internal, "identity.hash.damaged").With(err)
	}
	key, err := h.compute(ctx, parsed, uint32(len(parsed.key)), password) //nolint:gosec // ≤ maxPHC
	if err != nil {
		return false, false, err
	}
	same := subtle.ConstantTimeCompare(key, parsed.key) == 1
	low := parsed.params.Memory < h.params.Memory || parsed.params.Time < h.params.Time
	return same && real, same && real && low, nil
}

// compute takes a slot. Passwords are compared in NFKC: the same password
// typed with full-width letters is the same.
func (h *Hasher) compute(ctx context.Context, with phc, size uint32, password string) ([]byte, error) {
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, fault.New(fault.Busy, "identity.busy").With(ctx.Err())
	}
	defer func() { <-h.slots }()
	h.count.Add(1)
	p := with.params
	return argon2.IDKey([]byte(norm.NFKC.String(password)), with.salt, p.Time, p.Memory, p.Threads, size), nil
}

// random gives n bytes of the operating system's randomness. It cannot fail
// since Go 1.24: the program ends instead.
func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}
