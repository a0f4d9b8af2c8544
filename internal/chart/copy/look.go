package copy

import (
	"bytes"
	"math"
	"path"
	"strings"
	"time"

	"github.com/torideproject/toride/ssmix2"
)

// shape is what a file's path says of it.
type shape struct {
	kind     string // for the counts: names no patient
	day      int    // YYYYMMDD; 0 is none
	patient  string
	standard bool // a message of standard storage: written once, replaced by another name
}

// otherKind is counted for files whose extension says nothing.
const otherKind = "other"

// shapeOf reads a path. SS-MIX2 names give type, day and patient; of other
// files the extension is the kind and the day of the last change the day.
func shapeOf(name string, changed int64, zone *time.Location) shape {
	base := path.Base(name)
	if n, _, ok := ssmix2.ParseName(base); ok {
		return shape{kind: kindText(n.Kind), day: dayOf(n.Date), patient: n.Patient, standard: true}
	}
	for rest := path.Dir(name); rest != "."; rest = path.Dir(rest) {
		folder := path.Base(rest)
		if strings.Count(folder, "_") < 5 {
			continue
		}
		if n, _, ok := ssmix2.ParseName(folder); ok {
			return shape{kind: kindText(n.Kind), day: dayOf(n.Date), patient: n.Patient}
		}
	}
	s := shape{kind: otherKind, patient: path.Dir(name)}
	switch ext := strings.ToLower(path.Ext(base)); {
	case strings.HasPrefix(base, "TR_") && ext == ".dat":
		s.kind = "TR"
	case len(ext) > 1 && len(ext) <= 9 && strings.Trim(ext[1:], "abcdefghijklmnopqrstuvwxyz0123456789") == "":
		s.kind = ext
	}
	if changed != 0 {
		y, m, d := time.Unix(0, changed).In(zone).Date()
		s.day = y*10000 + int(m)*100 + d
	}
	return s
}

// kindText keeps names of types within what a vault takes.
func kindText(kind string) string {
	if kind == "" || len(kind) > 400 {
		return otherKind
	}
	return kind
}

// dayOf reads YYYYMMDD; "-" and what is no date are 0.
func dayOf(s string) int {
	if len(s) != 8 {
		return 0
	}
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// timeOf gives the noon of a day YYYYMMDD.
func timeOf(day int, zone *time.Location) time.Time {
	return time.Date(day/10000, time.Month(day/100%100), day%100, 12, 0, 0, 0, zone)
}

// look says what is wrong with a file's content, by its beginning: "" is
// nothing, else CodeEmpty, CodeEncrypted or CodeUnparsable. head holds the
// first bytes of the file, at best all of it, at least 4 KiB of a longer one.
//
// What is encrypted has no magic number of any known format and bytes that are
// spread like noise. Ransomware that encrypts parts of files begins with the
// beginning, so that it is enough to look there; what begins in the middle is
// found by a message that does not go on as text.
func look(s shape, head []byte) Code {
	switch {
	case len(head) == 0:
		return CodeEmpty
	case s.standard || s.kind == "TR" || s.kind == ".hl7":
		if !begins(head) {
			if noise(head) {
				return CodeEncrypted
			}
			return CodeUnparsable
		}
		if len(head) > 1024 && noise(head[len(head)/2:]) {
			return CodeEncrypted
		}
	case !knownFormat(head) && noise(head):
		return CodeEncrypted
	}
	return ""
}

// begins reports whether a message or a log of messages begins here: behind a
// byte order mark, the frame of MLLP or blanks.
func begins(head []byte) bool {
	t := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), "\x0b \t\r\n\x00")
	for _, first := range []string{"MSH", "FHS", "BHS", "#SSMIX", "<?xml", "{"} {
		if bytes.HasPrefix(t, []byte(first)) {
			return true
		}
	}
	return false
}

// knownFormat reports whether the beginning is that of a format which is packed or
// binary by nature, so that noise in it means nothing.
func knownFormat(head []byte) bool {
	for _, magic := range []string{
		"%PDF", "\xff\xd8\xff", "\x89PNG", "GIF8", "II*\x00", "MM\x00*", "BM", "RIFF", "PK\x03\x04", "PK\x05\x06", "\x1f\x8b", "BZh", "\xfd7zXZ",
		"\x28\xb5\x2f\xfd", "7z\xbc\xaf\x27\x1c", "Rar!", "\xd0\xcf\x11\xe0", "{\\rtf", "MSCF", "\x00\x00\x00\x0cjP", "\xff\x4f\xff\x51", "SQLite format 3",
		"ID3", "OggS", "\x1aE\xdf\xa3", "age-encryption.org", "wOFF", "wOF2", "\x00\x01\x00\x00", "OTTO",
	} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return true
		}
	}
	return len(head) > 132 && string(head[128:132]) == "DICM" || len(head) > 12 && string(head[4:8]) == "ftyp"
}

// noise reports whether bytes are spread as by chance. Text of any Japanese
// encoding has no control characters and few of the upper half evenly; packed
// formats are told apart by their beginning. Below 64 bytes nothing can be
// said.
func noise(b []byte) bool {
	if len(b) < 64 {
		return false
	}
	b = b[:min(len(b), 4096)]
	var count [256]int
	control, upper := 0, 0
	for _, c := range b {
		count[c]++
		if c < 0x20 && c != '\t' && c != '\r' && c != '\n' && c != 0x1b || c == 0x7f {
			control++
		}
		if c >= 0x80 {
			upper++
		}
	}
	n := float64(len(b))
	// By chance 29 of 256 bytes are control characters and half are of the
	// upper half; five standard deviations are allowed on small pieces.
	slack := 2.5 / math.Sqrt(n)
	if float64(control)/n < 0.113-min(0.06, slack) || math.Abs(float64(upper)/n-0.5) > slack+0.03 {
		return false
	}
	h := 0.0
	for _, c := range count {
		if c > 0 {
			p := float64(c) / n
			h -= p * math.Log2(p)
		}
	}
	// What n bytes by chance give: chance repeats some and leaves others out.
	expected := 8 - 255/(2*n*math.Ln2)
	if n < 256 {
		expected = math.Log2(n) - 0.83*n/256
	}
	return h > expected-0.35
}

// ransomEnding reports an extension that ransomware is known to give; in
// stores every message has none at all.
func ransomEnding(l *Limits, base string) bool {
	ext := strings.ToLower(path.Ext(base))
	if len(ext) < 2 {
		return false
	}
	_, bad := l.endings[ext[1:]]
	return bad
}

// ransomNote reports the name of a note that ransomware leaves.
func ransomNote(l *Limits, base string) bool {
	base = strings.ToLower(base)
	switch path.Ext(base) {
	case ".txt", ".hta", ".html", ".htm", ".rtf", ".url", ".bmp", ".png", ".jpg":
	default:
		return false
	}
	for _, words := range l.notes {
		if strings.Contains(base, words) {
			return true
		}
	}
	return false
}
