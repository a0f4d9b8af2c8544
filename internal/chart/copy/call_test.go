package copy

import (
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/text"
)

// A call names no file of the store, and a fault that names none says all it did.
func TestCallBody_NamesNoFile(t *testing.T) {
	t.Parallel()
	const name = "標準化ストレージ/000/001/0000012345/20260101/OMP-01/x"
	cat := text.NewCatalog(nil)
	for _, key := range []string{"vault.path", "vault.order"} {
		if m := callBody(fault.New(fault.Invalid, key, name)); m.Key != key || strings.Contains(cat.Say(text.EN, m), "12345") || len(m.Args) != 1 || m.Args[0] == name {
			t.Errorf("%+v", m)
		}
	}
	if m := callBody(fault.New(fault.Internal, "copy.source.gone", 12)); m.Key != "copy.source.gone" || m.Args[0] != 12 {
		t.Errorf("%+v", m)
	}
}
