package index

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/torideproject/toride/internal/sheet"
)

// Limits of a list of wards.
const (
	maxWards    = 5000
	maxWardName = 60

	maxWardBytes = 1 << 20
)

// WardNames reads a list of wards: a code as messages write it, and a name, one
// ward in a row; text of any encoding that internal/sheet reads, or a workbook. Messages
// hold codes alone. A heading names a ward that nobody lies in. Rows without both
// are passed over, of two with one code the later counts, and what is beyond 5,000
// rows is not read. The error is that of a file that is no table.
func WardNames(ctx context.Context, name string, data []byte) (map[string]string, error) {
	book, err := sheet.Open(name, data, sheet.Limits{})
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	_, err = book.Each(ctx, 0, func(row *sheet.Row) error {
		if len(row.Cells) < 2 || len(out) >= maxWards {
			return nil
		}
		code, ward := sheet.Clean(row.Cells[0]), []rune(sheet.Clean(row.Cells[1]))
		if code != "" && len(ward) > 0 {
			out[code] = string(ward[:min(len(ward), maxWardName)])
		}
		return nil
	})
	return out, err
}

// WardList is the name of the list of wards in the folder of a program's data.
const WardList = "wards.csv"

// WardNamesIn reads the list of wards in a folder; without one there are no
// names, which is no error.
func WardNamesIn(ctx context.Context, dir string) (map[string]string, error) {
	f, err := os.Open(filepath.Join(dir, WardList))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxWardBytes))
	if err != nil {
		return nil, err
	}
	return WardNames(ctx, WardList, data)
}

// named puts the hospital's name of a ward where the message gave none.
func (ix *Index) named(hits ...Hit) []Hit {
	if len(ix.cfg.Wards) == 0 {
		return hits
	}
	for i := range hits {
		if b := hits[i].Bed; b != nil && b.WardName == "" {
			b.WardName = ix.cfg.Wards[b.Ward] // a Hit's Bed is its own
		}
	}
	return hits
}

func (ix *Index) namedIn(res Result) Result {
	ix.named(res.Hits...)
	return res
}

// Wards lists the wards in which somebody lies, as the newest movements say,
// sorted by code.
func (ix *Index) Wards() []Ward {
	out := slices.Clone(ix.table.Load().wards)
	for i := range out {
		if out[i].Name == "" {
			out[i].Name = ix.cfg.Wards[out[i].Code]
		}
	}
	return out
}
