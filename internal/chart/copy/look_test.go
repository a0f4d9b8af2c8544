package copy

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"math/rand/v2"
	"path"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
)

// chance gives bytes by chance, the same each time.
func chance(n int, seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func TestNoise_OfAllSizes(t *testing.T) {
	t.Parallel()
	for _, n := range []int{128, 200, 256, 300, 512, 700, 1024, 2048, 4096, 8192} {
		missed := 0
		for seed := range uint64(400) {
			if !noise(chance(n, seed)) {
				missed++
			}
		}
		if missed > 4 {
			t.Errorf("%d of 400 pieces of %d bytes by chance were taken for text", missed, n)
		}
	}
}

func TestNoise_NotTextOfAnyKind(t *testing.T) {
	t.Parallel()
	message := strings.Repeat("MSH|^~\\&|HIS|病院|SSMIX|倉庫|20261122030000||OUL^R22|1|P|2.5\rOBX|1|NM|3A010000002327101^総蛋白^JC10||7.4|g/dL|6.7-8.3|N\rNTE|1||カタカナ ｶﾀｶﾅ 髙橋 﨑山 ①②\r", 40)
	for name, enc := range map[string]encoding.Encoding{"jis": japanese.ISO2022JP, "sjis": japanese.ShiftJIS, "euc": japanese.EUCJP, "utf8": encoding.Nop} {
		data, err := encoding.ReplaceUnsupported(enc.NewEncoder()).Bytes([]byte(message))
		if err != nil {
			t.Fatal(err)
		}
		for _, from := range []int{0, 1000, 3001} {
			if noise(data[from:]) {
				t.Errorf("%s from %d was taken for noise", name, from)
			}
		}
		if got := look(shape{standard: true}, data); got != "" {
			t.Errorf("%s: %s", name, got)
		}
	}
	if b64 := base64.StdEncoding.EncodeToString(chance(3000, 1)); noise([]byte(b64)) {
		t.Error("base64 was taken for noise")
	}
	if noise(chance(40, 3)) || noise(nil) || noise(bytes.Repeat([]byte{0}, 4096)) {
		t.Error("too little, or zeros, was taken for noise")
	}
}

func TestLook_ByKind(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(chance(5000, 2))
	_ = w.Close()
	torn := append([]byte("MSH|^~\\&|HIS|"), chance(5000, 4)...)
	for name, x := range map[string]struct {
		s    shape
		data []byte
		want Code
	}{
		"message":                 {shape{standard: true}, []byte("MSH|^~\\&|HIS"), ""},
		"with frame and mark":     {shape{standard: true}, []byte("\xef\xbb\xbf\x0bMSH|^~\\&|"), ""},
		"empty":                   {shape{standard: true}, nil, CodeEmpty},
		"half written":            {shape{standard: true}, bytes.Repeat([]byte{0}, 600), CodeUnparsable},
		"encrypted message":       {shape{standard: true}, chance(500, 5), CodeEncrypted},
		"encrypted behind a head": {shape{standard: true}, torn, CodeEncrypted},
		"encrypted document":      {shape{kind: ".pdf"}, chance(4096, 6), CodeEncrypted},
		"pdf":                     {shape{kind: ".pdf"}, append([]byte("%PDF-1.7\n"), chance(4096, 7)...), ""},
		"packed":                  {shape{kind: ".gz"}, packed.Bytes(), ""},
		"jpeg":                    {shape{kind: ".jpg"}, append([]byte("\xff\xd8\xff\xe0"), chance(4096, 8)...), ""},
		"transactions":            {shape{kind: "TR"}, []byte("#SSMIX,2.00,2299999999"), ""},
	} {
		if got := look(x.s, x.data); got != x.want {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
	}
}

func TestShapeOf(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("JST", 9*3600)
	at := time.Date(2026, 11, 21, 23, 30, 0, 0, zone).UnixNano()
	for name, want := range map[string]shape{
		"s/000/000/0000000001/20111220/OMP-01/0000000001_20111220_OMP-01_000000011000185_20111220224603984_01_1":                                  {kind: "OMP-01", day: 20111220, patient: "0000000001", standard: true},
		"s/000/000/0000000001/-/ADT-00/0000000001_-_ADT-00_999999999999999_20111220224447339_-_1":                                                 {kind: "ADT-00", patient: "0000000001", standard: true},
		"x/012/345/0123456789/20160101/L-OBS^OBS^99ZL01/0123456789_20160101_L-OBS^OBS^99ZL01_000002016010115_201601011500321_1/main_document.hl7": {kind: "L-OBS^OBS^99ZL01", day: 20160101, patient: "0123456789"},
		"archive/退院サマリ.PDF":      {kind: ".pdf", day: 20261121, patient: "archive"},
		"t/2026/TR_20261121.DAT": {kind: "TR", day: 20261121, patient: "t/2026"},
		"Thumbs":                 {kind: otherKind, day: 20261121, patient: "."},
		"a/b.患者":                 {kind: otherKind, day: 20261121, patient: "a"},
	} {
		if got := shapeOf(name, at, zone); got != want {
			t.Errorf("%s: %+v, want %+v", path.Base(name), got, want)
		}
	}
}

func BenchmarkLook(b *testing.B) {
	name := "s/000/000/0000000001/20111220/OML-11/0000000001_20111220_OML-11_000000011000185_20111220224603984_01_1"
	data := []byte(strings.Repeat("MSH|^~\\&|HIS|SSMIX|20261122030000||OUL^R22|1|P|2.5\r", 40))
	b.ReportAllocs()
	for b.Loop() {
		if look(shapeOf(name, 1, time.UTC), data) != "" {
			b.Fatal("a message was taken for noise")
		}
	}
}

// Whatever a file is called and holds, looking never fails and a kind is never
// longer than a vault takes.
func FuzzLook(f *testing.F) {
	f.Add("a/0000000001_-_ADT-00_999999999999999_20111220224447339_-_1", []byte("MSH|"))
	f.Add("拡張/x_y_z_^^^_1_2_3/main.pdf", chance(300, 1))
	l, err := DefaultLimits()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		s := shapeOf(name, 1, time.UTC)
		if len(s.kind) == 0 || len(s.kind) > 1024 || s.day < 0 {
			t.Errorf("%q: %+v", name, s)
		}
		if got := look(s, data); got == CodeEmpty && len(data) > 0 {
			t.Errorf("%q: %s", name, got)
		}
		ransomNote(l, path.Base(name))
		ransomEnding(l, path.Base(name))
	})
}
