package kev

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/fault"
)

// Limits of a catalogue. The one of 2025-08-25 has 1,404 entries in 1.3 MB.
const (
	MaxSize    = 32 << 20 // bytes
	MaxEntries = 20_000
	maxText    = 8 << 10 // bytes of one text, the rest is cut off
)

// Catalog is a catalogue that was read whole.
type Catalog struct {
	Version  string    // catalogVersion as written, "2025.08.25"
	Released time.Time // dateReleased
	Size     int64
	SHA256   string // of the file, in hex
	Entries  []Entry
}

// Entry is one known exploited vulnerability (KEV schema, "vulnerabilities").
type Entry struct {
	CVE        string
	Vendor     string // vendorProject
	Product    string
	Name       string // vulnerabilityName, English
	Added      string // dateAdded, 2006-01-02
	Due        string // dueDate, for agencies of the USA
	Short      string // shortDescription, English
	Action     string // requiredAction, English
	Notes      string
	Ransomware bool // knownRansomwareCampaignUse is "Known"
}

// wire is an entry as it stands in the file.
type wire struct {
	CVE        string `json:"cveID"`
	Vendor     string `json:"vendorProject"`
	Product    string `json:"product"`
	Name       string `json:"vulnerabilityName"`
	Added      string `json:"dateAdded"`
	Due        string `json:"dueDate"`
	Short      string `json:"shortDescription"`
	Action     string `json:"requiredAction"`
	Notes      string `json:"notes"`
	Ransomware string `json:"knownRansomwareCampaignUse"`
}

// meter counts and hashes what is read and stops at MaxSize.
type meter struct {
	r    io.Reader
	sum  hash.Hash
	size int64
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.size += int64(n)
	m.sum.Write(p[:n])
	if m.size > MaxSize {
		return 0, fault.New(fault.TooLarge, "exposure.kev.too_large", MaxSize>>20)
	}
	return n, err
}

// Read reads a catalogue. Errors are faults with keys exposure.kev.*. Memory
// grows with the number of entries, within the limits; time with the size.
func Read(r io.Reader) (*Catalog, error) {
	m := &meter{r: r, sum: sha256.New()}
	head := make([]byte, 3)
	n, err := io.ReadFull(m, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if n == 0 {
		return nil, fault.New(fault.Invalid, "exposure.kev.empty")
	}
	start := bytes.TrimPrefix(head[:n], []byte("\xef\xbb\xbf"))
	d := json.NewDecoder(io.MultiReader(bytes.NewReader(start), m))
	c, claimed, err := read(d)
	if err != nil {
		return nil, clear(err, c)
	}
	if err := c.check(claimed); err != nil {
		return nil, err
	}
	if _, err := io.Copy(io.Discard, m); err != nil {
		return nil, err
	}
	c.Size, c.SHA256 = m.size, hex.EncodeToString(m.sum.Sum(nil))
	return c, nil
}

// notKEV says that the JSON is something else.
const notKEV = constError("kev: not a catalogue")

// constError is an error that cannot be changed.
type constError string

func (e constError) Error() string { return string(e) }

// clear turns an error of reading into a fault that says how far it went.
func clear(err error, c *Catalog) error {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f
	}
	got := 0
	if c != nil {
		got = len(c.Entries)
	}
	switch {
	case errors.Is(err, notKEV):
		return fault.New(fault.Invalid, "exposure.kev.other").With(err)
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		return fault.New(fault.Invalid, "exposure.kev.truncated", got).With(err)
	case got == 0:
		return fault.New(fault.Invalid, "exposure.kev.other").With(err)
	}
	return fault.New(fault.Invalid, "exposure.kev.broken", got).With(err)
}

// read goes through the top object. claimed is the count field, -1 when the
// file has none.
func read(d *json.Decoder) (*Catalog, int, error) {
	c := &Catalog{}
	claimed := -1
	if err := delim(d, '{'); err != nil {
		return c, claimed, err
	}
	seen := false
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return c, claimed, err
		}
		switch key {
		case "catalogVersion":
			err = d.Decode(&c.Version)
		case "dateReleased":
			var s string
			if err = d.Decode(&s); err == nil {
				c.Released, _ = time.Parse(time.RFC3339, s) // checked later: zero is refused
			}
		case "count":
			err = d.Decode(&claimed)
		case "vulnerabilities":
			if seen {
				return c, claimed, notKEV
			}
			seen = true
			err = c.entries(d)
		default:
			var skip json.RawMessage
			err = d.Decode(&skip)
		}
		if err != nil {
			return c, claimed, err
		}
	}
	if !seen {
		return c, claimed, notKEV
	}
	_, err := d.Token()
	return c, claimed, err
}

func delim(d *json.Decoder, want json.Delim) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	if t != want {
		return notKEV
	}
	return nil
}

func (c *Catalog) entries(d *json.Decoder) error {
	if err := delim(d, '['); err != nil {
		return err
	}
	for d.More() {
		if len(c.Entries) >= MaxEntries {
			return fault.New(fault.TooLarge, "exposure.kev.too_many", MaxEntries)
		}
		var w wire
		if err := d.Decode(&w); err != nil {
			return err
		}
		c.Entries = append(c.Entries, w.entry())
	}
	_, err := d.Token()
	return err
}

func (w wire) entry() Entry {
	return Entry{CVE: cut(w.CVE), Vendor: cut(w.Vendor), Product: cut(w.Product), Name: cut(w.Name), Added: cut(w.Added),
		Due: cut(w.Due), Short: cut(w.Short), Action: cut(w.Action), Notes: cut(w.Notes),
		Ransomware: strings.EqualFold(strings.TrimSpace(w.Ransomware), "known")}
}

func cut(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "")
	}
	return s
}

// check compares what the file says of itself with what it holds. A half
// mirror that calls itself whole is the usual way in which feeds go bad.
func (c *Catalog) check(claimed int) error {
	if claimed < 0 || c.Released.IsZero() || c.Version == "" {
		return fault.New(fault.Invalid, "exposure.kev.other")
	}
	if claimed != len(c.Entries) {
		return fault.New(fault.Invalid, "exposure.kev.count", claimed, len(c.Entries))
	}
	seen := make(map[string]bool, len(c.Entries))
	for i, e := range c.Entries {
		_, err := time.Parse(time.DateOnly, e.Added)
		if !validCVE(e.CVE) || err != nil || e.Vendor == "" || e.Product == "" {
			return fault.New(fault.Invalid, "exposure.kev.entry", i+1, e.CVE)
		}
		if seen[e.CVE] {
			return fault.New(fault.Invalid, "exposure.kev.twice", e.CVE)
		}
		seen[e.CVE] = true
	}
	return nil
}

// validCVE reports whether s is CVE-YYYY-NNNN with four to nine digits at the
// end.
func validCVE(s string) bool {
	rest, ok := strings.CutPrefix(s, "CVE-")
	if !ok || len(rest) < 9 || len(rest) > 14 || rest[4] != '-' {
		return false
	}
	for i := range len(rest) {
		if i != 4 && (rest[i] < '0' || rest[i] > '9') {
			return false
		}
	}
	return true
}
