package vault

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
)

func TestGF256(t *testing.T) {
	t.Parallel()
	for a := range 256 {
		if a > 0 && mul(byte(a), inverse(byte(a))) != 1 {
			t.Fatalf("1/%d is wrong", a)
		}
		for b := range 256 {
			x, y := byte(a), byte(b)
			if mul(x, y) != mul(y, x) || mul(x, y^7) != mul(x, y)^mul(x, 7) {
				t.Fatalf("%d × %d is wrong", a, b)
			}
		}
	}
	if mul(0x57, 0x83) != 0xc1 { // FIPS 197, 4.2
		t.Error("0x57 × 0x83 is wrong")
	}
}

func TestBech32_IsAges(t *testing.T) {
	t.Parallel()
	k, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	id, err := age.ParseX25519Identity(strings.ToUpper(bech32("age-secret-key-", k.secret[:])))
	if err != nil || id.String() != k.identity.String() || id.Recipient().String() != k.Recipient() {
		t.Fatal(err)
	}
	data, err := json.Marshal(map[string]any{"k": k})
	if err != nil || strings.Contains(fmt.Sprintf("%s %v %+v %#v %s", k, k, k, k, data), "SECRET") {
		t.Error("a key shows itself")
	}
}

func newTestKey(t testing.TB) *Key {
	t.Helper()
	k, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// Every subset of the parts: as many as needed open the key, fewer do not.
func TestParts_EverySubset(t *testing.T) {
	t.Parallel()
	k := newTestKey(t)
	for n := 2; n <= 6; n++ {
		for need := 2; need <= n; need++ {
			holders := slices.Repeat([]string{"保管者"}, n)
			parts, err := k.Parts(need, holders...)
			if err != nil {
				t.Fatal(err)
			}
			for set := 1; set < 1<<n; set++ {
				var chosen []Part
				for i, p := range parts {
					if set>>i&1 == 1 {
						chosen = append(chosen, p)
					}
				}
				slices.Reverse(chosen)
				got, err := Join(chosen...)
				if len(chosen) < need {
					isFault(t, err, "vault.part.few")
					continue
				}
				if err != nil || got.secret != k.secret {
					t.Fatalf("%d of %d, set %b: %v", need, n, set, err)
				}
			}
		}
	}
	for _, n := range []int{0, 1, 3} {
		_, err := k.Parts(n, "a", "b")
		isFault(t, err, "vault.parts.count")
	}
}

// With one share less than needed every secret is as likely as any other:
// some share completes it.
func TestSplit_OneLessSaysNothing(t *testing.T) {
	t.Parallel()
	shares, err := split([keySize]byte{42}, 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[byte]bool{}
	for guess := range 256 {
		got := join([]byte{1, 2}, [][keySize]byte{shares[0], {byte(guess)}})
		seen[got[0]] = true
	}
	if len(seen) != 256 {
		t.Errorf("only %d secrets are possible", len(seen))
	}
}

func TestReadPart_SaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	k := newTestKey(t)
	parts, err := k.Parts(2, "蜂須賀", "千曲", "十勝")
	if err != nil {
		t.Fatal(err)
	}
	text := parts[0].Letters()
	if groups := strings.Split(text, "-"); len(groups) != 18 || len(groups[0]) != 5 {
		t.Fatalf("letters are %s", text)
	}
	wide := strings.Map(func(r rune) rune {
		if r == '-' {
			return '　'
		}
		return r - '!' + '！'
	}, strings.ToLower(text))
	for _, typed := range []string{text, strings.ToLower(text), strings.ReplaceAll(text, "-", " \n"), wide, strings.NewReplacer("0", "o", "1", "l", "V", "u").Replace(text)} {
		p, err := ReadPart("蜂須賀", typed)
		if err != nil || p.value != parts[0].value || p.Need != 2 || p.Number != 1 || p.KeyID != k.ID() {
			t.Fatalf("%q: %v", typed, err)
		}
	}
	wrong := func(typed, key, args string) {
		t.Helper()
		_, err := ReadPart("蜂須賀", typed)
		isFault(t, err, key)
		if got := fmt.Sprint(faultArgs(err)...); got != args {
			t.Errorf("%s: arguments are %s, not %s", key, got, args)
		}
	}
	wrong(text[:6*5+2]+"?"+text[6*5+3:], "vault.code.letter", fmt.Sprint("蜂須賀", 6))
	wrong(text[:6*9], "vault.code.length", fmt.Sprint("蜂須賀", 9, 18))
	wrong("", "vault.code.length", fmt.Sprint("蜂須賀", 0, 18))
	wrong(text+"-00000", "vault.code.length", fmt.Sprint("蜂須賀", 19, 18))
	for at := range len(text) {
		if text[at] == '-' {
			continue
		}
		for _, r := range alphabet {
			if byte(r) != text[at] {
				wrong(text[:at]+string(r)+text[at+1:], "vault.code.group", fmt.Sprint("蜂須賀", at/6+1))
			}
		}
		if at%6 < 4 && text[at] != text[at+1] { // two letters exchanged
			wrong(text[:at]+text[at+1:at+2]+text[at:at+1]+text[at+2:], "vault.code.group", fmt.Sprint("蜂須賀", at/6+1))
		}
	}
	groups := strings.Split(text, "-")
	groups[3], groups[4] = groups[4], groups[3]
	wrong(strings.Join(groups, "-"), "vault.code.group", fmt.Sprint("蜂須賀", 4))
	other := strings.Split(parts[1].Letters(), "-")
	wrong(strings.Join(append(other[:10:10], strings.Split(text, "-")[10:]...), "-"), "vault.part.sum", "蜂須賀")
}

func TestJoin_SaysWhichPartDoesNotFit(t *testing.T) {
	t.Parallel()
	k, other := newTestKey(t), newTestKey(t)
	a, _ := k.Parts(2, "a1", "a2", "a3")
	b, _ := k.Parts(2, "b1", "b2")
	c, _ := other.Parts(2, "c1", "c2")
	join := func(parts ...Part) error { _, err := Join(parts...); return err }
	isFault(t, join(), "vault.part.few")
	isFault(t, join(a[0]), "vault.part.few")
	isFault(t, join(a[0], b[1]), "vault.part.other_split")
	isFault(t, join(a[0], c[1]), "vault.part.other_key")
	isFault(t, join(a[0], a[1], a[0]), "vault.part.twice")
	forged := a[1]
	forged.value[3] ^= 1
	isFault(t, join(a[0], forged), "vault.part.wrong")
	// A lost part: those that are left open the key, and it is split anew.
	again, err := Join(a[2], a[1])
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := again.Parts(2, "a1", "a2", "new")
	if err != nil || join(fresh[0], fresh[2]) != nil || join(fresh[0], a[1]) == nil {
		t.Error("the new split is wrong")
	}
}

func TestEnvelope(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	code, sealed, err := f.k.envelope(10)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.v.PutEnvelope(f.k.ID(), sealed); err != nil {
		t.Fatal(err)
	}
	if ids, err := f.v.Envelopes(); err != nil || !slices.Equal(ids, []string{f.k.ID()}) {
		t.Errorf("%v, %v", ids, err)
	}
	lies, err := f.v.Envelope(f.k.ID())
	if err != nil {
		t.Fatal(err)
	}
	k, err := OpenEnvelope("封筒", strings.ToLower(code), lies)
	if err != nil || k.secret != f.k.secret {
		t.Fatal(err)
	}
	otherCode, _, err := f.k.envelope(10)
	if err != nil {
		t.Fatal(err)
	}
	_, err = OpenEnvelope("封筒", otherCode, lies)
	isFault(t, err, "vault.envelope.wrong")
	_, err = OpenEnvelope("封筒", code[:12], lies)
	isFault(t, err, "vault.code.length")
	_, err = OpenEnvelope("封筒", code, lies[:len(lies)/2])
	isFault(t, err, "vault.envelope.damaged")
	lies[len(lies)-1] ^= 1
	_, err = OpenEnvelope("封筒", code, lies)
	isFault(t, err, "vault.envelope.damaged")
	_, err = f.v.Envelope("../../x")
	isFault(t, err, "vault.missing")
}
