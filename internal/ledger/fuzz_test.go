package ledger_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
)

// FuzzVerifyExport feeds altered exports: none but the true one, or its
// beginning, may hold against the checkpoint.
func FuzzVerifyExport(f *testing.F) {
	b := ledgertest.Book(f)
	for range 3 {
		if err := b.Note(f.Context(), ledgertest.Actor(), "sample.act", "sample/1", map[string]string{"a": "<b>{0}"}); err != nil {
			f.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := b.Export(f.Context(), &out); err != nil {
		f.Fatal(err)
	}
	head, err := b.Head(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	whole := out.Bytes()
	f.Add(whole)
	f.Add(whole[:len(whole)-3])
	f.Add(bytes.Replace(whole, []byte("sample.act"), []byte("sample.oct"), 1))
	f.Add(bytes.Repeat(whole, 2))
	f.Add([]byte(`{"seq":9223372036854775807}`))
	f.Add(bytes.Repeat([]byte("["), 20000))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ledger.VerifyExport(bytes.NewReader(data), head)
		var broken *ledger.BrokenError
		if err != nil && !errors.As(err, &broken) {
			t.Errorf("%v is no BrokenError", err)
		}
		if err == nil && r.Last != head {
			t.Errorf("an export that ends at %v holds against %v", r.Last, head)
		}
	})
}

// FuzzParseCheckpoint checks that what is read prints as it was read.
func FuzzParseCheckpoint(f *testing.F) {
	f.Add("12:ab")
	f.Add("1:0000000000000000000000000000000000000000000000000000000000000000")
	f.Add(" ")
	f.Add("-1:00")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ledger.ParseCheckpoint(s)
		if err != nil {
			return
		}
		if again, err := ledger.ParseCheckpoint(c.String()); err != nil || again != c {
			t.Errorf("%q: %v, %v", s, again, err)
		}
	})
}
