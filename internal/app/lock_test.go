package app

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/torideproject/toride/internal/fault"
)

// A link at the lock's name does not have another file emptied.
func TestTake_FollowsNoLink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	other, link := filepath.Join(dir, "other"), filepath.Join(dir, "lock")
	if err := os.WriteFile(other, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(other, link); err != nil {
		t.Fatal(err)
	}
	if _, err := take(link); err == nil || fault.Of(err).Msg.Key != "app.data.link" {
		t.Errorf("%v", err)
	}
	if data, err := os.ReadFile(other); err != nil || string(data) != "precious" {
		t.Errorf("what the link led to holds %q, %v", data, err)
	}
}

// Who comes second is told who is there.
func TestTake_NamesItsHolder(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	held, err := take(path)
	if err != nil {
		t.Fatal(err)
	}
	defer held.release()
	_, err = take(path)
	f := fault.Of(err)
	if f == nil || f.Msg.Key != "app.data.locked" || len(f.Msg.Args) != 1 || f.Msg.Args[0] != strconv.Itoa(os.Getpid()) {
		t.Errorf("%+v", f)
	}
}
