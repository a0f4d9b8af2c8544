// Package all lists every kind of source that charts are read from, and opens
// all that stand in one file system. A new kind is a folder beside this one and
// one line here; nothing else knows how many there are.
package all

import (
	"context"
	"io/fs"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/chart/source/archive"
	"github.com/torideproject/toride/internal/chart/source/fhir"
	"github.com/torideproject/toride/internal/chart/source/ssmix2"
	store "github.com/torideproject/toride/ssmix2"
)

// Members lists the kinds of source, those first that say most of a patient.
func Members() []source.Member {
	return []source.Member{
		ssmix2.Member(),
		fhir.Member(),
		archive.Member(),
	}
}

// Says gives the kinds of items that a part stands and falls with in a format:
// source.Member.Says. A format that is not known says nothing.
func Says(format string, part model.Part) []string {
	for _, m := range Members() {
		if m.Format == format && m.Says != nil {
			return m.Says(part)
		}
	}
	return nil
}

// Texts are the words of every code in what the sources give: those of package
// model, and what single members say besides.
func Texts() []fs.FS { return []fs.FS{model.Texts(), fhir.Texts(), archive.Texts()} }

// Open opens every store of every kind that stands below the top of a file
// system, named from opt.Name on ("": s1, s2 …). A kind that fails takes none of
// the others with it: its error is a notice. The error is the context's, or
// that of the file system's top; then nothing is left open.
func Open(ctx context.Context, fsys fs.FS, opt source.Options) ([]source.Source, []model.Notice, error) {
	if opt.Name == "" {
		opt.Name = "s1"
	}
	if _, _, err := store.ListDir(fsys, ".", 1); err != nil {
		return nil, nil, err
	}
	var out []source.Source
	var notices []model.Notice
	for _, m := range Members() {
		found, notes, err := m.Open(ctx, fsys, opt.Nth(len(out)))
		out, notices = append(out, found...), append(notices, notes...)
		if ctx.Err() != nil {
			Close(out)
			return nil, nil, ctx.Err()
		}
		if err != nil {
			notices = append(notices, model.Notice{Level: model.Warn, Code: "source.failed", Args: []string{m.Format, err.Error()}})
		}
	}
	return out, notices, nil
}

// Close closes sources. Theirs is only what they keep: a file system belongs to
// who opened it.
func Close(list []source.Source) {
	for _, s := range list {
		_ = s.Close()
	}
}
