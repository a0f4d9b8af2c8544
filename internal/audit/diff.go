package audit

import (
	"context"
	"io"
	"strings"

	"github.com/torideproject/toride/internal/audit/fortios"
)

// Change is one setting that differs between two files.
type Change struct {
	Path   string // blocks and entries around it
	Before Place  // zero: it is new
	After  Place  // zero: it is gone
}

// Place is a line of a file.
type Place struct {
	Line int
	Text string
}

// maxChanges bounds a list of changes.
const maxChanges = 1000

// diff compares two files setting by setting. Values that were hidden are equal
// by necessity; the page says so. It takes time in the size of both files.
func (a *Audit) diff(ctx context.Context, before, after string) (changes []Change, more int, err error) {
	old, err := a.settings(ctx, before)
	if err != nil {
		return nil, 0, err
	}
	now, err := a.settings(ctx, after)
	if err != nil {
		return nil, 0, err
	}
	add := func(c Change) {
		if len(changes) < maxChanges {
			changes = append(changes, c)
		} else {
			more++
		}
	}
	for _, s := range now.list {
		was, there := old.at[s.key]
		if !there || was.Text != s.Text {
			add(Change{Path: s.path, Before: was, After: s.Place})
		}
	}
	for _, s := range old.list {
		if _, there := now.at[s.key]; !there {
			add(Change{Path: s.path, Before: s.Place})
		}
	}
	return changes, more, nil
}

// flatFile is a file as a list of settings with their places.
type flatFile struct {
	list []flatSetting
	at   map[string]Place
}

type flatSetting struct {
	key, path string
	Place
}

// settings reads a stored file again.
func (a *Audit) settings(ctx context.Context, id string) (*flatFile, error) {
	r, err := a.text(ctx, id)
	if err != nil {
		return nil, err
	}
	c, err := fortios.Read(r, io.Discard)
	if err != nil {
		return nil, err
	}
	f := &flatFile{at: map[string]Place{}}
	for _, s := range c.Sections {
		f.section(s.VDOM, s)
	}
	return f, nil
}

func (f *flatFile) section(around string, s *fortios.Section) {
	path := strings.TrimSpace(around + " " + s.Text)
	f.block(path, &s.Block)
	for _, e := range s.Entries {
		f.block(path+" / "+e.Text, &e.Block)
	}
}

func (f *flatFile) block(path string, b *fortios.Block) {
	if _, twice := f.at[path]; !twice && strings.Contains(path, "edit ") {
		f.add(flatSetting{key: path, path: path, Place: Place{b.Line, b.Text}})
	}
	for _, s := range b.Settings {
		f.add(flatSetting{key: path + "\x00" + s.Key, path: path, Place: Place{s.Line, s.Text}})
	}
	for _, s := range b.Sub {
		f.section(path+" /", s)
	}
}

func (f *flatFile) add(s flatSetting) {
	f.at[s.key] = s.Place
	f.list = append(f.list, s)
}
