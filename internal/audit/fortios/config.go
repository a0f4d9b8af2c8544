package fortios

import (
	"iter"
	"strings"
)

// Limits of one file. They bound memory: the largest accepted file takes less
// than 200 MB while it is read.
const (
	MaxSize   = 20 << 20 // bytes
	MaxLines  = 400_000
	MaxValues = 800_000 // words behind set and append, in all
	MaxDepth  = 16      // config and edit inside each other
	maxLine   = 1 << 20 // bytes of one line
)

// Mark stands in place of a secret.
const Mark = "********"

// Config is a configuration as it was read.
type Config struct {
	Header   Header
	Sections []*Section // blocks at the top, of all VDOMs, in the file's order
	Lines    int        // lines of the file
	Size     int64      // bytes of the file
	SHA256   string     // of the file as it came, in hex
	Encoding Encoding
	Redacted int      // secrets that were replaced
	Unread   []int    // lines that are no FortiOS configuration, at most 100
	Missing  *Missing // nil when the file is whole
	byPath   map[string][]*Section
}

// Encoding says in which encoding the file was.
type Encoding string

// The encodings that are read. Mixed is a file with both, as it comes about
// when comments were typed on different computers.
const (
	UTF8     Encoding = "utf-8"
	ShiftJIS Encoding = "shift_jis"
	Mixed    Encoding = "mixed"
	UTF16    Encoding = "utf-16"
)

// Missing says why a file is not whole. What is absent from such a file is not
// known; it must never be taken for "not configured".
type Missing struct {
	Reason MissingReason
	Line   int      // where it was noticed
	Open   []string // blocks that were not closed, outermost first
}

// MissingReason is why a file is not whole.
type MissingReason string

// Reasons. NoHeader is a part that somebody copied from a terminal; NoTail is a
// file without the router blocks, with which every backup ends.
const (
	EndsEarly MissingReason = "ends_early"
	OpenQuote MissingReason = "open_quote"
	NoHeader  MissingReason = "no_header"
	NoTail    MissingReason = "no_tail"
)

// Header is the first line of a backup.
type Header struct {
	Line    int    // 0 when there is none
	Text    string // as it stands in the file
	Model   string // FGT60E
	Version string // 5.4.8, or 5.4 where the header leaves the patch level out
	Build   string // 1183
	VDOMs   bool   // the device is divided into virtual domains
}

// HasPatch reports whether Version names the patch level. Backups of FortiOS
// 5.0 to 5.6 write 5.04 for every 5.4.x.
func (h Header) HasPatch() bool { return strings.Count(h.Version, ".") == 2 }

// Op is what a line does to a setting.
type Op uint8

// The operations.
const (
	Set Op = iota
	Unset
	Append
)

// Setting is one set, unset or append line.
type Setting struct {
	Op     Op
	Key    string
	Values []string // without their quotes; of a value over several lines only the first
	Line   int
	Text   string // the line without its indent, secrets replaced
}

// Value gives the first value or nothing.
func (s Setting) Value() string {
	if len(s.Values) == 0 {
		return ""
	}
	return s.Values[0]
}

// Block is what a Section and an Entry have in common.
type Block struct {
	Line     int
	Text     string // the config or edit line without its indent
	Settings []Setting
	Sub      []*Section
}

// Get gives the value that counts: the last set of the key that no unset
// follows. An append adds its values.
func (b *Block) Get(key string) (Setting, bool) {
	var found Setting
	ok := false
	for _, s := range b.Settings {
		if s.Key != key {
			continue
		}
		switch s.Op {
		case Set:
			found, ok = s, true
		case Unset:
			found, ok = Setting{}, false
		case Append:
			if !ok {
				found, ok = s, true
				continue
			}
			found.Values = append(found.Values[:len(found.Values):len(found.Values)], s.Values...)
		}
	}
	return found, ok
}

// Is reports whether the key is set to the value.
func (b *Block) Is(key, value string) bool {
	s, ok := b.Get(key)
	return ok && s.Value() == value
}

// Child gives the nested block of the path, or nil.
func (b *Block) Child(path string) *Section {
	for _, s := range b.Sub {
		if s.Path == path {
			return s
		}
	}
	return nil
}

// Entry is one edit … next.
type Entry struct {
	Name string
	Block
}

// Section is one config … end.
type Section struct {
	Path    string // "system interface"
	VDOM    string // "" for the global part and for devices without VDOMs
	Entries []*Entry
	Block
}

// Find gives the entry of the name, or nil.
func (s *Section) Find(name string) *Entry {
	for _, e := range s.Entries {
		if e.Name == name {
			return e
		}
	}
	return nil
}

// Of gives the blocks at the top with the path, of all VDOMs.
func (c *Config) Of(path string) []*Section { return c.byPath[path] }

// Has reports whether the file has a block of the path.
func (c *Config) Has(path string) bool { return len(c.byPath[path]) > 0 }

// Entries goes through the entries of all blocks with the path.
func (c *Config) Entries(path string) iter.Seq2[*Section, *Entry] {
	return func(yield func(*Section, *Entry) bool) {
		for _, s := range c.byPath[path] {
			for _, e := range s.Entries {
				if !yield(s, e) {
					return
				}
			}
		}
	}
}

// Setting finds a setting of a block without entries, such as "system global".
func (c *Config) Setting(path, key string) (Setting, bool) {
	for _, s := range c.byPath[path] {
		if v, ok := s.Get(key); ok {
			return v, true
		}
	}
	return Setting{}, false
}

// Hostname is the device's own name, or nothing.
func (c *Config) Hostname() string {
	s, _ := c.Setting("system global", "hostname")
	return s.Value()
}

// Whole reports whether absence of a line means that it is not configured.
func (c *Config) Whole() bool { return c.Missing == nil }
