package ssmix2

import (
	"strconv"
	"strings"
)

// The condition flags of a name.
const (
	Invalid    byte = '0' // deleted; before 2015 also: replaced
	Valid      byte = '1'
	Superseded byte = '2'
)

// Name is what the name of a file in standard storage, or of a content folder
// in extended storage, says.
type Name struct {
	Patient string
	Date    string // 診療日, YYYYMMDD or "-"
	Kind    string // data type; in extended storage the document's code
	Order   string // order number; in extended storage the key (特定キー)
	Sent    string // when the message was sent, 17 digits, filled with zeros
	Dept    string // "-" or "" if there is none
	Flag    byte   // Valid, Superseded or Invalid
}

// ParseName reads a name of seven fields and, with a lint, what stores hold
// besides: six fields (no department, or no order), eight and more (a
// patient's or order's number with _ in it), blanks around fields, times of
// 14 to 16 digits, an extension. ok is false if patient, type and flag cannot
// be made out; then the name says nothing.
func ParseName(s string) (n Name, found []Lint, ok bool) {
	var l lints
	n, ok = parseName(s, &l)
	return n, l, ok
}

// maxFields is into how many fields a name may fall: one whose patient's or
// order's number has _ in it has some more than seven.
const maxFields = 16

func parseName(s string, l *lints) (Name, bool) {
	if n, ok := plainName(s); ok {
		return n, true
	}
	f := strings.SplitN(s, "_", maxFields+1)
	if len(f) < 6 || len(f) > maxFields {
		l.add(NameUnreadable, s)
		return Name{}, false
	}
	padded := false
	for i, one := range f {
		f[i] = strings.Trim(one, " 　\t")
		padded = padded || f[i] != one
	}
	last := f[len(f)-1]
	if len(last) > 1 && last[1] == '.' {
		l.add(NameExtension, s, last[1:])
		last = last[:1]
	}
	if len(last) != 1 || last[0] < '0' || last[0] > '2' {
		l.add(NameUnreadable, s)
		return Name{}, false
	}
	n := Name{Flag: last[0]}
	if !n.fields(f[:len(f)-1]) {
		l.add(NameUnreadable, s)
		return Name{}, false
	}
	if len(f) != 7 {
		l.add(NameFields, s, strconv.Itoa(len(f)))
	}
	if padded {
		l.add(NamePadded, s)
	}
	if len(n.Sent) != 17 {
		l.add(NameTime, s, strconv.Itoa(len(n.Sent)))
		n.Sent = fillTime(n.Sent)
	}
	return n, true
}

// plainName reads a name that is as the specification wants it, without
// allocating.
func plainName(s string) (Name, bool) {
	var f [7]string
	rest := s
	for i := range f {
		j := strings.IndexByte(rest, '_')
		if (j < 0) != (i == 6) {
			return Name{}, false
		}
		if j < 0 {
			j = len(rest)
		}
		f[i] = rest[:j]
		rest = rest[min(j+1, len(rest)):]
	}
	ok := patientID(f[0]) && isDate(f[1]) && f[2] != "" && f[3] != "" && len(f[4]) == 17 && allDigits(f[4]) && len(f[5]) <= 5 && plainWord(f[5]) && len(f[6]) == 1 &&
		f[6][0] >= '0' && f[6][0] <= '2' && plainWord(f[2]) && strings.IndexByte(f[3], ' ') < 0
	if !ok {
		return Name{}, false
	}
	return Name{f[0], f[1], f[2], f[3], f[4], f[5], f[6][0]}, true
}

// fields makes out the fields before the flag from both ends.
func (n *Name) fields(f []string) bool {
	// The date is the second field, or later if the patient's number has _.
	at := -1
	for i := 1; i < len(f)-1; i++ {
		if isDate(f[i]) {
			at = i
			break
		}
	}
	if at < 0 || !patientID(f[0]) || at+2 > len(f) {
		return false
	}
	n.Patient, n.Date, n.Kind = strings.Join(f[:at], "_"), f[at], f[at+1]
	f = f[at+2:]
	// The time is the last of 14 to 17 digits that is followed by at most
	// the department: an order number may look the same.
	switch k := len(f); {
	case k >= 1 && isTime(f[k-1]):
		n.Sent, f = f[k-1], f[:k-1]
	case k >= 2 && isTime(f[k-2]):
		n.Sent, n.Dept, f = f[k-2], f[k-1], f[:k-2]
	case k >= 2:
		n.Dept, f = f[k-1], f[:k-1]
	}
	n.Order = strings.Join(f, "_")
	return n.Kind != "" && len(n.Dept) <= 5
}

func fillTime(s string) string { return (s + "00000000000000000")[:17] }

func patientID(s string) bool { return s != "" && len(s) <= 30 && s[0] != '.' && plainWord(s) }

// plainWord reports whether s holds nothing that could leave a folder or look
// like another field.
func plainWord(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c == '/' || c == '\\' || c == '_' || c == 0x7F {
			return false
		}
	}
	return true
}

func allDigits(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}

func isDate(s string) bool { return s == "-" || len(s) == 8 && allDigits(s) }

// isTime reports whether s can be a time of sending: 14 to 17 digits that
// begin like a date of 1900 to 2099.
func isTime(s string) bool {
	return len(s) >= 14 && len(s) <= 17 && allDigits(s) && (s[:2] == "19" || s[:2] == "20") && s[4:6] >= "01" && s[4:6] <= "12" && s[6:8] >= "01" && s[6:8] <= "31"
}

// String writes the name as the specification wants it.
func (n Name) String() string {
	dept := n.Dept
	if dept == "" {
		dept = "-"
	}
	return n.Patient + "_" + n.Date + "_" + n.Kind + "_" + n.Order + "_" + n.Sent + "_" + dept + "_" + string(rune(n.Flag))
}

// DocType is what the folder of a document type in extended storage says:
// the hospital's own code and name and the standard ones.
type DocType struct {
	LocalCode, LocalName, LocalSystem string
	Code, Name, System                string
}

// ParseDocType reads the name of such a folder. A name in mojibake is repaired
// where that is possible (see RepairName).
func ParseDocType(folder string) DocType {
	if s, ok := RepairName(folder); ok {
		folder = s
	}
	f := append(strings.SplitN(folder, "^", 7), "", "", "", "", "", "")
	return DocType{f[0], f[1], f[2], f[3], f[4], f[5]}
}

// Display is the name for a person: local, else standard, else a code.
func (t DocType) Display() string {
	for _, s := range [...]string{t.LocalName, t.Name, t.LocalCode, t.Code} {
		if s != "" {
			return s
		}
	}
	return ""
}
