package copy

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"

	"github.com/torideproject/toride/ssmix2"
)

// logs compares a sample of patients with the transaction storage and with the
// export of the index database, where the copy holds them. What the storage
// has and the log has not says nothing: logs are often kept for some years
// only.
func (c *check) logs(ctx context.Context, fsys fs.FS, j *Judgement, patients []string) error {
	roots, _, err := ssmix2.Detect(ctx, fsys)
	if err != nil {
		return ctx.Err() // contents that cannot be read were noted already
	}
	has := func(k ssmix2.Kind) bool {
		return slices.ContainsFunc(roots, func(r ssmix2.Root) bool { return r.Kind == k })
	}
	store, err := ssmix2.Open(ctx, fsys, roots, ssmix2.Options{})
	if err != nil || len(patients) == 0 {
		j.NotDone = append(j.NotDone, GapLog, GapIndex)
		return ctx.Err()
	}
	held, err := c.held(ctx, store, patients)
	if err != nil {
		return err
	}
	if has(ssmix2.TransactionStorage) {
		if err := c.log(ctx, store, roots, held, j); err != nil {
			return err
		}
	} else {
		j.NotDone = append(j.NotDone, GapLog)
	}
	if !has(ssmix2.IndexExport) {
		j.NotDone = append(j.NotDone, GapIndex)
		return nil
	}
	return c.index(ctx, fsys, roots, held, j)
}

// heldRecords are the records of some patients in standard storage.
type heldRecords struct {
	patients map[string]bool
	records  []ssmix2.Record
	names    map[string]bool
}

func (c *check) held(ctx context.Context, store *ssmix2.Store, patients []string) (*heldRecords, error) {
	h := &heldRecords{patients: map[string]bool{}, names: map[string]bool{}}
	for _, id := range patients {
		h.patients[id] = true
		found, _, err := store.Find(ctx, id)
		if err != nil {
			return nil, err
		}
		for _, p := range found {
			list, err := store.List(ctx, p)
			if err != nil {
				continue // not read, so not compared
			}
			for _, r := range list.Records {
				h.names[r.File] = true
				if !r.Extended && r.Patient == id {
					h.records = append(h.records, r)
				}
			}
		}
	}
	return h, ctx.Err()
}

func (c *check) log(ctx context.Context, store *ssmix2.Store, roots []ssmix2.Root, h *heldRecords, j *Judgement) error {
	replay := &ssmix2.Replay{Only: func(p string) bool { return h.patients[p] }}
	for _, root := range roots {
		if root.Kind != ssmix2.TransactionStorage {
			continue
		}
		for t := range store.Transactions(ctx, root) {
			if t == nil || !h.patients[t.Name.Patient] {
				continue
			}
			if _, ok := ssmix2.TypeOf(t.Name.Kind); ok {
				replay.Apply(t)
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	missing, _ := replay.Difference(h.records)
	if len(missing) > 0 {
		weighed(j, c.limits, Finding{Code: CodeLog, Count: int64(len(missing)), Of: int64(replay.Len()), Examples: missing[:min(len(missing), maxExamples)]})
	}
	return nil
}

func (c *check) index(ctx context.Context, fsys fs.FS, roots []ssmix2.Root, h *heldRecords, j *Judgement) error {
	var missing []string
	var rows int64
	for _, root := range roots {
		if root.Kind != ssmix2.IndexExport {
			continue
		}
		if err := eachRow(fsys, root.Path, func(row ssmix2.IndexRow) bool {
			if h.patients[row.Name.Patient] {
				if rows++; !h.names[path.Base(row.File)] {
					missing = append(missing, row.File)
				}
			}
			return ctx.Err() == nil
		}); err != nil {
			j.add(c.limits, Finding{Code: CodeIncomplete, Weight: Notes, Count: 1, Examples: []string{root.Path}})
		}
	}
	if len(missing) > 0 {
		weighed(j, c.limits, Finding{Code: CodeIndex, Count: int64(len(missing)), Of: rows, Examples: missing[:min(len(missing), maxExamples)]})
	}
	return ctx.Err()
}

// eachRow reads an index export row by row.
func eachRow(fsys fs.FS, name string, row func(ssmix2.IndexRow) bool) error {
	f, err := fsys.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := ssmix2.NewIndexReader(f)
	for err == nil {
		var x ssmix2.IndexRow
		if x, err = r.Next(); err == nil && !row(x) {
			return nil
		}
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
