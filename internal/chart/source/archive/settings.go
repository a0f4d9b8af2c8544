package archive

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
)

// SettingsFile is the name of the settings.
const SettingsFile = "toride-archive.toml"

const maxSettings = 64 << 10

// Settings say how an archive is laid out. The zero value of a field means that
// it is found out.
type Settings struct {
	Label string `toml:"label"` // for people
	// Folder holds the documents, from the settings' own folder.
	Folder string `toml:"folder"`
	// Index is the index file, or a pattern of several (index_*.csv), from
	// Folder or else from the settings' folder.
	Index string `toml:"index"`
	// Encoding of the index: utf-8 or cp932.
	Encoding string `toml:"encoding"`
	// Columns name the headings of the index where they are not found by
	// themselves: id, name, kana, birth, sex, kind, title, date, dept, folder,
	// path.
	Columns map[string]string `toml:"columns"`
	// Strip is what the paths of the index begin with and the archive does not:
	// D:\dacs\documents.
	Strip string `toml:"strip"`
	// Pattern of the paths below Folder; with an index it finds files that have
	// no row.
	Pattern string `toml:"pattern"`
	// Digits is how long a patient's number is with its leading zeros.
	Digits int `toml:"id_digits"`
}

// readSettings reads the settings in a folder; nil where there are none. What
// is wrong with them is an error for a notice.
func readSettings(fsys fs.FS, dir string) (*Settings, []string, error) {
	f, err := fsys.Open(path.Join(dir, SettingsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSettings+1))
	if err != nil {
		return nil, nil, err
	}
	if len(data) > maxSettings {
		return nil, nil, fmt.Errorf("archive: %s is larger than %d bytes", SettingsFile, maxSettings)
	}
	var s Settings
	meta, err := toml.Decode(strings.TrimPrefix(string(data), "\ufeff"), &s)
	if err != nil {
		return nil, nil, err
	}
	var unknown []string
	for _, k := range meta.Undecoded() {
		unknown = append(unknown, k.String())
	}
	return &s, unknown, s.check()
}

// ErrSettings reports settings that cannot be followed.
var ErrSettings = errors.New("archive: the settings cannot be followed")

func (s *Settings) check() error {
	switch strings.ToLower(s.Encoding) {
	case "", "utf-8", "utf8", "cp932", "shift_jis", "sjis", "windows-31j":
	default:
		return fmt.Errorf("%w: encoding %q", ErrSettings, s.Encoding)
	}
	for k := range s.Columns {
		if _, ok := columnOf(k); !ok {
			return fmt.Errorf("%w: column %q", ErrSettings, k)
		}
	}
	if s.Folder != "" && !fs.ValidPath(path.Clean(s.Folder)) {
		return fmt.Errorf("%w: folder %q", ErrSettings, s.Folder)
	}
	if s.Pattern != "" {
		if _, err := compile(s.Pattern); err != nil {
			return err
		}
	}
	return nil
}

// notices are those of source, under the codes of this package.
type notices struct{ source.Notices }

func (n *notices) add(level, code string, ref model.Ref, args ...string) {
	n.Add(level, "archive."+code, ref, args...)
}
