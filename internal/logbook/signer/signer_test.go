package signer_test

import (
	"path/filepath"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/logbook/signer"
	"github.com/torideproject/toride/internal/seal"
)

func box(t *testing.T) *seal.Box {
	t.Helper()
	dir := t.TempDir()
	b, err := seal.Open(seal.Config{KeyFile: filepath.Join(dir, "key"), RecoveryFile: filepath.Join(dir, "recovery"), Create: true})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestOpen_SameKeyAgainAndANewOneWhenLost(t *testing.T) {
	t.Parallel()
	book, own := ledgertest.Book(t), box(t)
	first, err := signer.Open(t.Context(), book, own)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := note.Sign(&note.Note{Text: "log\n1\nroot\n"}, first.Signer)
	if err != nil {
		t.Fatal(err)
	}
	again, err := signer.Open(t.Context(), book, own)
	if err != nil || len(again.Known) != 1 || again.Public[0] != first.Public[0] {
		t.Fatalf("%v %v", again.Public, err)
	}
	lost, err := signer.Open(t.Context(), book, box(t)) // restored without its seal key
	if err != nil || len(lost.Known) != 2 {
		t.Fatalf("%v %v", lost.Public, err)
	}
	if lost.Signer.KeyHash() == first.Signer.KeyHash() {
		t.Error("the lost key still signs")
	}
	if _, err := note.Open(signed, note.VerifierList(lost.Known...)); err != nil {
		t.Errorf("what the lost key signed no longer counts: %v", err)
	}
}
