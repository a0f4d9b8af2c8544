package files_test

import (
	"crypto/sha256"
	"errors"
	"io/fs"
	"slices"
	"testing"

	"github.com/torideproject/toride/internal/event/store/files"
	"github.com/torideproject/toride/internal/event/store/files/filestest"
)

// both runs a test on the real disk and on the one in memory, which must not
// differ in anything a program sees.
func both(t *testing.T, do func(t *testing.T, f files.FS)) {
	t.Helper()
	t.Run("disk", func(t *testing.T) { t.Parallel(); do(t, files.Disk(t.TempDir())) })
	t.Run("memory", func(t *testing.T) { t.Parallel(); do(t, filestest.New()) })
}

func TestFS_WhatIsWrittenIsRead(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, f files.FS) {
		if err := files.MakeAll(f, "a/b/c"); err != nil {
			t.Fatal(err)
		}
		if err := files.MakeAll(f, "a/b/c"); err != nil {
			t.Fatal(err)
		}
		for _, words := range []string{"first", "the second, longer", "3"} {
			if err := files.Replace(f, "a/b/c/x", []byte(words)); err != nil {
				t.Fatal(err)
			}
			got, err := files.Read(f, "a/b/c/x", 100)
			if err != nil || string(got) != words {
				t.Fatalf("%q %v", got, err)
			}
			sum, size, err := files.Sum(f, "a/b/c/x", nil)
			if err != nil || size != int64(len(words)) || sum != sha256.Sum256([]byte(words)) {
				t.Fatalf("%x %d %v", sum, size, err)
			}
		}
		list, err := f.List("a/b/c")
		if err != nil || !slices.Equal(list, []files.Entry{{Name: "x", Size: 1}}) {
			t.Errorf("%v %v", list, err)
		}
		if list, err := f.List("a"); err != nil || len(list) != 1 || !list[0].Dir {
			t.Errorf("%v %v", list, err)
		}
		if _, err := files.Read(f, "a/b/c/x", 0); err == nil {
			t.Error("read more than the limit")
		}
		if err := f.Remove("a/b"); err == nil {
			t.Error("removed a folder that is not empty")
		}
		if err := f.Remove("a/b/c/x"); err != nil {
			t.Error(err)
		}
		if there, err := files.Exists(f, "a/b/c/x"); err != nil || there {
			t.Errorf("%v %v", there, err)
		}
	})
}

func TestFS_NamesThatAreNotThere(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, f files.FS) {
		_, err := f.Open("no")
		_, err2 := f.Create("no/such")
		for i, err := range []error{err, err2, f.Rename("no", "other"), f.Remove("no"), f.MakeDir("no/such"), f.SyncDir("no")} {
			if !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%d: %v", i, err)
			}
		}
		if list, err := f.List("no"); err != nil || list != nil {
			t.Errorf("%v %v", list, err)
		}
	})
}

// Replace leaves the old content or the new, whenever the power is cut and
// however the disk forgets.
func TestReplace_OldOrNewAtEveryCut(t *testing.T) {
	t.Parallel()
	cuts := 0
	for cut := 0; ; cut++ {
		d := filestest.New()
		if err := files.Replace(d, "x", []byte("old")); err != nil {
			t.Fatal(err)
		}
		d.Cut(cut)
		err := files.Replace(d, "x", []byte("new and longer"))
		for _, m := range filestest.Modes() {
			got, rerr := files.Read(d.Reboot(m), "x", 100)
			if rerr != nil || (string(got) != "old" && string(got) != "new and longer") {
				t.Errorf("cut %d %s: %q %v", cut, m, got, rerr)
			}
			if err == nil && string(got) != "new and longer" {
				t.Errorf("%s: reported as written, found %q", m, got)
			}
		}
		if err == nil {
			break
		}
		if !errors.Is(err, filestest.ErrCut) {
			t.Fatal(err)
		}
		cuts++
	}
	if cuts != 5 { // create, write, sync, rename, sync of the folder
		t.Errorf("%d cuts", cuts)
	}
}

// The test's disk really forgets: without syncs nothing stays.
func TestDisk_ForgetsWhatWasNotSynced(t *testing.T) {
	t.Parallel()
	d := filestest.New()
	w, err := d.Create("x")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("abcd")); err != nil {
		t.Fatal(err)
	}
	if there, _ := files.Exists(d.Reboot(filestest.Lost), "x"); there {
		t.Error("a name stayed without a sync of its folder")
	}
	if err := d.SyncDir("."); err != nil {
		t.Fatal(err)
	}
	for mode, want := range map[filestest.Mode]string{filestest.Lost: "", filestest.Names: "", filestest.Torn: "ab", filestest.Kept: "abcd"} {
		if got, err := files.Read(d.Reboot(mode), "x", 10); err != nil || string(got) != want {
			t.Errorf("%s: %q %v", mode, got, err)
		}
	}
	d.Full(true)
	if _, err := w.Write([]byte("e")); err == nil {
		t.Error("wrote to a full disk")
	}
}
