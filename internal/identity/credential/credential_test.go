package credential

import (
	"strings"
	"testing"
	"time"
)

func quick() Params { return Params{Memory: 8, Time: 1, Threads: 1} }

func TestHasher_RoundTripAndRaise(t *testing.T) {
	t.Parallel()
	h := NewHasher(quick())
	stored, err := h.Hash(t.Context(), "ながい合言葉 12345")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(stored, "$argon2id$v=19$m=8,t=1,p=1$") {
		t.Fatalf("stored %q", stored)
	}
	check := func(with *Hasher, password string, wantOK, wantStale bool) {
		t.Helper()
		ok, stale, err := with.Verify(t.Context(), stored, password)
		if err != nil || ok != wantOK || stale != wantStale {
			t.Errorf("verify(%q) = %v, %v, %v", password, ok, stale, err)
		}
	}
	check(h, "ながい合言葉 12345", true, false)
	check(h, "ながい合言葉 １２３４５", true, false) // full-width digits are the same
	check(h, "ながい合言葉 12346", false, false)
	raised := NewHasher(Params{Memory: 16, Time: 2, Threads: 1})
	check(raised, "ながい合言葉 12345", true, true)
	check(raised, "x", false, false)
}

func TestHasher_NobodyCostsTheSame(t *testing.T) {
	t.Parallel()
	h := NewHasher(quick())
	ok, stale, err := h.Verify(t.Context(), "", "anything")
	if ok || stale || err != nil || h.count.Load() != 1 {
		t.Fatalf("verify = %v, %v, %v after %d computations", ok, stale, err, h.count.Load())
	}
}

func TestParsePHC_Refuses(t *testing.T) {
	t.Parallel()
	good := phc{params: quick(), salt: make([]byte, 16), key: make([]byte, 32)}.String()
	if _, err := parsePHC(good); err != nil {
		t.Fatal(err)
	}
	swap := func(old, with string) string { return strings.Replace(good, old, with, 1) }
	for _, bad := range []string{
		"", "$", swap("argon2id", "argon2i"), swap("v=19", "v=16"), swap("m=8", "m=4294967295"), swap("m=8", "m=08"),
		swap("t=1", "t=99"), swap("t=1", "t=0"), swap("p=1", "p=200"), swap("p=1", "p=2"), swap("m=8,t=1", "t=1,m=8"),
		good + "$", good + "=", good + strings.Repeat("A", 300), swap("$AAAAAAAAAAAAAAAAAAAAAA$", "$AAAA$"), "x" + good,
	} {
		if _, err := parsePHC(bad); err == nil {
			t.Errorf("took %q", bad)
		}
	}
}

func FuzzParsePHC(f *testing.F) {
	f.Add(phc{params: quick(), salt: make([]byte, 16), key: make([]byte, 32)}.String())
	f.Add("$argon2id$v=19$m=65536,t=3,p=2$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$v=19$m=,t=,p=$$")
	f.Fuzz(func(t *testing.T, s string) {
		h, err := parsePHC(s)
		if err != nil {
			return
		}
		if h.String() != s {
			t.Errorf("%q reads back as %q", s, h)
		}
		if h.params.Memory > maxMemory || h.params.Time > maxTime || h.params.Threads > maxThreads {
			t.Errorf("costs above the limits: %+v", h.params)
		}
	})
}

func TestPasswordFaults(t *testing.T) {
	t.Parallel()
	of := Owner{Login: "t.shiken", Name: "試験 太郎", Hospital: "架空総合病院 Kakuu", Kana: "かくうそうごうびょういん"}
	f := func(password string, second bool, want ...string) {
		t.Helper()
		var keys []string
		for _, m := range PasswordFaults(password, second, of) {
			keys = append(keys, strings.TrimPrefix(m.Key, "identity.password."))
		}
		if strings.Join(keys, " ") != strings.Join(want, " ") {
			t.Errorf("%q: %v, want %v", password, keys, want)
		}
	}
	// The ministry's examples, and what people make of them.
	f("Administrator", false, "common")
	f("Administrator1!", false, "common")
	f("12345678", true, "mix", "keys")
	f("pa$$w0rd", true, "common")
	f("P@ssw0rd2024", true, "common")
	f("qwerty", false, "short")
	f("qwertyuiop12345", false, "keys")
	f("7410", true, "short")
	f("741085209630", true, "mix", "keys")
	f("1qaz2wsx3edc4rfv", false, "keys")
	f("架空総合病院2026", true, "hospital")
	f("Kakuu2026!!!", true, "hospital")
	f("かくうそうごうびょういん1", false, "hospital")
	f("t.shiken-2026", false, "login")
	f("Sh1ken!!2025", true, "login")
	f("aaaaaaaaaaaaa", false, "few")
	f("abababababab1", false, "few")
	f("", true, "short")
	// Lengths: 8 with a second factor, 13 without.
	f("tK9#vb2", true, "short")
	f("tK9#vb2x", true)
	f("tK9#vb2x", false, "short")
	f("tKqpvbzx", true, "mix")
	f("tk9#vb2xpw5n", false, "short")
	f("tk9#vb2xpw5nz", false)
	f("青い鯨は月曜に歌をうたう", true, "mix")
	f("青い鯨は月曜に歌をうたう！", false)
	f("password ではない 長い合言葉", false)
	f(strings.Repeat("あい", 65), false, "long")
}

func TestCheckCode_StepsAndReplay(t *testing.T) {
	t.Parallel()
	// RFC 6238 appendix B, SHA-1, cut to six digits.
	const seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	f := func(code string, at, last, wantStep int64, want Verdict) {
		t.Helper()
		step, v := CheckCode(seed, code, time.Unix(at, 0), last)
		if step != wantStep || v != want {
			t.Errorf("%s at %d after %d: step %d, Verdict %d", code, at, last, step, v)
		}
	}
	f("287082", 59, 0, 1, Accepted)
	f("２８７ ０８２", 59, 0, 1, Accepted)
	f("287082", 89, 0, 1, Accepted)                            // one step late
	f("287082", 29, 0, 1, Accepted)                            // one step early
	f("287082", 90, 0, 0, Wrong)                               // two steps late
	f("287082", 59, 1, 0, Replayed)                            // the same again
	f("287082", 59, 40, 0, Replayed)                           // the clock was set back
	f("081804", 1111111109, 0, 1111111109/30, Accepted)        //
	f("005924", 1234567890, 41152262, 41152263, Accepted)      //
	f("353130", 20000000000, 666666665, 666666666, Accepted)   //
	f("353131", 20000000000, 0, 0, Wrong)                      //
	f("", 59, 0, 0, Wrong)                                     //
	f("287082287082287082287082287082287082", 59, 0, 0, Wrong) //
	if step, v := CheckCode("not base32!", "287082", time.Unix(59, 0), 0); step != 0 || v != Wrong {
		t.Errorf("a damaged seed accepts: %d %d", step, v)
	}
}

func TestQR_IsDrawnAsOnePath(t *testing.T) {
	t.Parallel()
	q, err := NewQR(SeedURL("t.shiken", NewSeed()))
	if err != nil {
		t.Fatal(err)
	}
	// The finder pattern in the upper left corner: seven modules wide.
	if !strings.HasPrefix(q.Path, "M4 4h7v1h-7z") || q.Size < 21+2*quiet || q.Size > 80 {
		t.Errorf("size %d, path %.40s", q.Size, q.Path)
	}
	if strings.Trim(q.Path, "Mhvz0123456789 -") != "" {
		t.Error("the path holds something else than moves and lines")
	}
}

func TestSeedURL(t *testing.T) {
	t.Parallel()
	want := "otpauth://totp/Toride:t.shiken?issuer=Toride&secret=ABC"
	if got := SeedURL("t.shiken", "ABC"); got != want {
		t.Errorf("%s", got)
	}
}

func TestPaperCode_TypedAsPeopleDo(t *testing.T) {
	t.Parallel()
	code := NewPaperCode(RecoveryLen)
	if len(code) != 19 || strings.Trim(code, alphabet+"-") != "" {
		t.Fatalf("code %q", code)
	}
	want := HashPaperCode("7QXK-01AB-CDEF-GHJK")
	for _, typed := range []string{"7qxk 01ab cdef ghjk", "７ＱＸＫ－０１ＡＢ－ＣＤＥＦ－ＧＨＪＫ", "7QXKoiabcdefGHJK", "7QXK–OLAB–CDEF–GHJK"} {
		if HashPaperCode(typed) != want {
			t.Errorf("%q is not taken as the same code", typed)
		}
	}
	if HashPaperCode("7QXK-01AB-CDEF-GHJM") == want {
		t.Error("another code is taken")
	}
}

func TestTokens_AreNotStored(t *testing.T) {
	t.Parallel()
	token, hash := NewToken()
	other, _ := NewToken()
	if token == other || len(token) != 43 || len(hash) != 64 || hash != HashToken(token) || strings.Contains(hash, token) {
		t.Errorf("token %q, hash %q", token, hash)
	}
}

func BenchmarkHash_DefaultParams(b *testing.B) {
	h := NewHasher(DefaultParams())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.Hash(b.Context(), "tk9#vb2xpw5nz"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheckCode(b *testing.B) {
	seed := NewSeed()
	b.ReportAllocs()
	for b.Loop() {
		CheckCode(seed, "123456", time.Unix(1790000000, 0), 0)
	}
}
