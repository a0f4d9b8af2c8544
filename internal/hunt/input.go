package hunt

import (
	"archive/zip"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/torideproject/toride/evtx"
	"github.com/torideproject/toride/internal/text"
)

// Bounds of inputs.
const (
	maxLine    = 1 << 20   // bytes of a line or of a JSON object; the rest of a longer one is passed over
	blockSize  = 128 << 10 // bytes of lines in a unit
	maxNest    = 3         // archives inside archives
	maxMembers = 200_000   // of one archive
	maxFiles   = 500_000   // below the paths
	maxGrowth  = 200       // times that a packed file may unpack to, all members together …
	freeGrowth = 256 << 20 // … once it has given so many bytes
	maxFolder  = 24 << 20  // bytes of the lists of members, of all archives that are open inside each other
	keptZip    = 8 << 20   // bytes of an archive inside an archive that is held in memory; a larger one is put on disk
	maxInner   = 4 << 30   // bytes of an archive inside an archive
)

// unit is a piece of an input for one worker.
type unit struct {
	seq   int
	file  string
	isLog bool       // a chunk of an event log, else lines
	chunk evtx.Chunk //
	lines []byte     //
	line  uint64     // number of the first line, from 1
	bytes int64      // of the input on disk that this unit stands for
	lost  []Loss     // found while reading
}

// Loss is something that could not be read.
type Loss struct {
	File  string
	What  text.Msg
	Count int // of the same kind in that file
}

// listing is what stands below the paths.
type listing struct {
	files  []string
	size   int64 // of all together, in bytes
	passed int   // files of other kinds, by their names
	lost   []Loss
	except os.FileInfo
}

// list finds the files below the paths in a fixed order. A path that does not
// exist is an error: a typing mistake must not read like a clean machine.
func list(ctx context.Context, paths []string, except os.FileInfo) (*listing, error) {
	l := &listing{except: except}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			l.files, l.size = append(l.files, path), l.size+info.Size()
			continue
		}
		from := len(l.files)
		err = filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				l.lose(name, "hunt.loss.open", cause(err))
				return nil
			}
			return l.add(name, d)
		})
		if err != nil {
			return nil, err
		}
		slices.Sort(l.files[from:])
	}
	return l, nil
}

func (l *listing) lose(file, key string, args ...any) {
	if len(l.lost) < maxLosses {
		l.lost = append(l.lost, Loss{File: display(file), What: text.M(key, args...), Count: 1})
	}
}

// add takes a file that the walk found. Links to files are followed; links to
// folders are told and not followed, since they may lead in circles.
func (l *listing) add(name string, d fs.DirEntry) error {
	mode := d.Type()
	if mode.IsDir() {
		return nil
	}
	linked := mode&fs.ModeSymlink != 0
	if !wanted(name) && !linked {
		l.passed++
		return nil
	}
	info, err := os.Stat(name)
	switch {
	case err != nil && wanted(name):
		l.lose(name, "hunt.loss.open", cause(err))
	case err != nil:
		l.passed++
	case info.IsDir():
		l.lose(name, "hunt.loss.link")
	case !wanted(name):
		l.passed++
	case !info.Mode().IsRegular():
		l.lose(name, "hunt.loss.special")
	case l.except != nil && os.SameFile(l.except, info):
	case len(l.files) >= maxFiles:
		l.lose(name, "hunt.loss.files", maxFiles)
		return fs.SkipAll
	default:
		l.files, l.size = append(l.files, name), l.size+info.Size()
	}
	return nil
}

// Wanted says whether a file of a folder is looked at, by its name.
func Wanted(name string) bool { return wanted(name) }

// wanted says whether a file found in a folder is looked at; a file that is
// named is always looked at. Logs that were put aside carry a number or a day
// at the end (messages.1, secure-20261101.gz).
func wanted(name string) bool {
	name = strings.ToLower(filepath.Base(name))
	name = strings.TrimSuffix(name, ".gz")
	if i := strings.LastIndexAny(name, ".-_"); i > 0 && i+1 < len(name) && strings.Trim(name[i+1:], "0123456789") == "" {
		name = name[:i]
	}
	switch name {
	case "messages", "secure", "syslog", "maillog", "cron":
		return true
	}
	switch filepath.Ext(name) {
	case ".evtx", ".json", ".jsonl", ".ndjson", ".log", ".syslog", ".txt", ".zip":
		return true
	}
	return false
}

// cause is why something could not be read: a sentence for what people meet,
// else the words of the system, without the path that stands beside it.
func cause(err error) any {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return text.M("hunt.cause.missing")
	case errors.Is(err, fs.ErrPermission):
		return text.M("hunt.cause.denied")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return text.M("hunt.cause.cut")
	case errors.Is(err, zip.ErrFormat), errors.Is(err, gzip.ErrHeader):
		return text.M("hunt.cause.format")
	case errors.Is(err, zip.ErrChecksum), errors.Is(err, gzip.ErrChecksum):
		return text.M("hunt.cause.sum")
	case errors.Is(err, zip.ErrAlgorithm):
		return text.M("hunt.cause.method")
	}
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err.Error()
	}
	return err.Error()
}
