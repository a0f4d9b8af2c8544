package ssmix2_test

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/chart/source/ssmix2"
)

// fenced remembers what was asked for outside a folder.
type fenced struct {
	fs.FS
	within  string
	outside atomic.Pointer[string]
}

func (f *fenced) check(name string) {
	if f.within != "" && (!fs.ValidPath(name) || !strings.HasPrefix(name+"/", f.within+"/")) {
		f.outside.Store(&name)
	}
}

// Open opens a file, and looks whether it may.
func (f *fenced) Open(name string) (fs.File, error) { f.check(name); return f.FS.Open(name) }

// Lstat describes a file, and looks whether it may.
func (f *fenced) Lstat(name string) (fs.FileInfo, error) {
	f.check(name)
	return fs.Lstat(f.FS, name)
}

// ReadLink makes Lstat known to io/fs.
func (f *fenced) ReadLink(string) (string, error) { return "", fs.ErrPermission }

// FuzzStore_RefsAndNumbers gives the store refs and numbers as they may come out
// of a URL: nothing outside its root is touched, and what is no item is no item.
func FuzzStore_RefsAndNumbers(f *testing.F) {
	files := fstest.MapFS{"secret": {Data: []byte("no")}, "store/other": {Data: []byte("no")}}
	inner := fstest.MapFS{}
	at := put(inner, "-", "ADT-00", "999999999999999", "20251003120000000", '1', []byte("MSH|^~\\&|\rPID|||0000000123||砦^花子\r"))
	for name, file := range inner {
		files["store/"+name] = file
	}
	at = "store/" + at
	for _, seed := range []string{at, "../" + at, at + "/..", "store/other", "secret", "store/2299999999/../other", "0000000123", "123", "１２３", "../../x", "000/000/1", strings.ToUpper(at), at + "\x00"} {
		f.Add(seed)
	}
	fence := &fenced{FS: files}
	list, _, err := ssmix2.Member().Open(context.Background(), fence, source.Options{Name: "s1"})
	if err != nil || len(list) != 1 {
		f.Fatal(err)
	}
	s := list[0]
	fence.within = "store/2299999999"
	f.Fuzz(func(t *testing.T, text string) {
		d, err := s.Document(context.Background(), model.Ref{Source: "s1", Item: text})
		if (err == nil) != (text == at) || err != nil && !errors.Is(err, source.ErrNoItem) {
			t.Errorf("%q: %+v %v", text, d, err)
		}
		if ref, ok := model.ParseRef(text); ok && ref.String() == "" {
			t.Errorf("%q is a ref and none", text)
		}
		found, err := s.Find(context.Background(), text)
		if err != nil {
			t.Errorf("find %q: %v", text, err)
		}
		for _, x := range found {
			if x.ID != number {
				t.Errorf("%q finds %q", text, x.ID)
			}
		}
		if c, err := s.Read(context.Background(), text, source.Want{}); err != nil || len(c.Stores) != 1 {
			t.Errorf("read %q: %v", text, err)
		}
		ssmix2.SaysNone(text)
		if out := fence.outside.Load(); out != nil {
			t.Errorf("%q: %q was asked for", text, *out)
		}
	})
}
