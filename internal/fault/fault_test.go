package fault_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/torideproject/toride/internal/fault"
)

func TestOf_FindsTheFaultAndKeepsTheCause(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("store: %w", fault.New(fault.Conflict, "asset.number_taken", "A-1").With(io.ErrUnexpectedEOF))
	f := fault.Of(err)
	if f.Kind != fault.Conflict || f.Msg.Key != "asset.number_taken" || f.Msg.Args[0] != "A-1" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%+v", f)
	}
	if !errors.Is(err, fault.New(fault.Conflict, "asset.number_taken")) || errors.Is(err, fault.New(fault.Conflict, "other")) {
		t.Error("faults are the same by their key")
	}
	if fault.Of(nil) != nil || fault.KindOf(nil) != fault.Internal {
		t.Error("nil")
	}
	if f := fault.Of(io.EOF); f.Kind != fault.Internal || !errors.Is(f, io.EOF) {
		t.Errorf("an error that nobody named: %+v", f)
	}
}

func TestWith_DoesNotChangeTheOriginal(t *testing.T) {
	t.Parallel()
	base := fault.New(fault.Invalid, "x")
	if base.With(io.EOF) == base || base.Cause != nil {
		t.Error("With changed a shared fault")
	}
}

func TestStatus_EachKindHasItsOwn(t *testing.T) {
	t.Parallel()
	seen := map[int]fault.Kind{}
	for k := fault.Internal; k <= fault.Full; k++ {
		s := k.Status()
		if other, twice := seen[s]; twice {
			t.Errorf("kinds %d and %d have status %d", k, other, s)
		}
		seen[s] = k
	}
	if fault.Kind(200).Status() != http.StatusInternalServerError {
		t.Error("an unknown kind is an internal error")
	}
}
