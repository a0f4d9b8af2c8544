package hl7

import "strings"

// CWE is a coded text (CWE, CNE, CE): up to two codes for the same thing, one
// of them often the hospital's own.
type CWE struct {
	Code, Text, System          string
	AltCode, AltText, AltSystem string
	Version, AltVersion         string
	Original                    string
}

// CWEOf reads a coded text from a field, a repetition or, inside CQ and RPT,
// a component.
func CWEOf(v Value) CWE {
	var p [9]string
	v.split(p[:])
	return CWE{Code: p[0], Text: p[1], System: p[2], AltCode: p[3], AltText: p[4], AltSystem: p[5], Version: p[6], AltVersion: p[7], Original: p[8]}
}

// SystemKind says whose a coding system is.
type SystemKind uint8

// The kinds. Unnamed: the sender named no system.
const (
	Unnamed  SystemKind = iota
	Standard            // national or international
	Local               // the hospital's or the vendor's own
	Unknown             // named, and not known here
)

// StandardSystems lists the coding systems that SS-MIX2 messages name, without
// the numbered families HL7nnnn, JHSxnnnn and the like (see KindOf).
func StandardSystems() []string {
	return []string{"JC10", "JC11", "HOT", "HOT7", "HOT9", "HOT11", "HOT13", "YJ", "MDCDX2", "I10", "I10P", "MR9P", "ISO+", "UCUM", "LN", "JANIS",
		"JJ1017", "LENDO", "JAMISDP01", "DCM", "JAN", "SCT", "MML028"}
}

// KindOf says whose the coding system with this name is. Blanks around the
// name, which real files have, do not matter.
func KindOf(system string) SystemKind {
	s := strings.TrimSpace(system)
	switch {
	case s == "":
		return Unnamed
	case s == "L", strings.HasPrefix(s, "L99"), len(s) >= 3 && s[:2] == "99":
		return Local
	case strings.HasPrefix(s, "HL7") && len(s) > 3 && isDigit(s[3]):
		return Standard
	case strings.HasPrefix(s, "JHS"), strings.HasPrefix(s, "JSHR"): // JAHIS tables; JSHR is how the samples write it
		return Standard
	}
	switch s {
	case "JC10", "JC11", "HOT", "HOT7", "HOT9", "HOT11", "HOT13", "YJ", "MDCDX2", "I10", "I10P", "MR9P", "ISO+", "UCUM", "LN", "JANIS",
		"JJ1017", "LENDO", "JAMISDP01", "DCM", "JAN", "SCT", "MML028":
		return Standard
	}
	return Unknown
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// Local is the hospital's own code, text and system, wherever of the two
// places it stands; ok is false if there is none.
func (c CWE) Local() (code, text, system string, ok bool) {
	switch {
	case KindOf(c.AltSystem) == Local:
		return c.AltCode, c.AltText, c.AltSystem, true
	case KindOf(c.System) == Local:
		return c.Code, c.Text, c.System, true
	}
	return "", "", "", false
}

// Standard is the code, text and system of a standard; ok is false if there
// is none. A system that is not known here counts as a standard only where
// the other place holds a local one.
func (c CWE) Standard() (code, text, system string, ok bool) {
	switch {
	case KindOf(c.System) == Standard:
		return c.Code, c.Text, c.System, true
	case KindOf(c.AltSystem) == Standard:
		return c.AltCode, c.AltText, c.AltSystem, true
	case KindOf(c.System) == Unknown && KindOf(c.AltSystem) == Local:
		return c.Code, c.Text, c.System, true
	case KindOf(c.AltSystem) == Unknown && KindOf(c.System) == Local:
		return c.AltCode, c.AltText, c.AltSystem, true
	}
	return "", "", "", false
}

// Display is what a person should read: the local text if there is one, else
// the standard's text, else whatever text there is, else a code. Measured in
// practice, the hospital's own text is right more often than the standard
// code beside it.
func (c CWE) Display() string {
	if _, text, _, ok := c.Local(); ok && text != "" {
		return text
	}
	if _, text, _, ok := c.Standard(); ok && text != "" {
		return text
	}
	for _, s := range [...]string{c.Text, c.AltText, c.Original, c.Code, c.AltCode} {
		if s != "" {
			return s
		}
	}
	return ""
}

// IsZero reports whether there is neither code nor text.
func (c CWE) IsZero() bool { return c == CWE{} }

// Key is code and system of the local code if there is one, else of the
// standard one, else of the first: what to group results of one item by.
func (c CWE) Key() (code, system string) {
	if code, _, system, ok := c.Local(); ok && code != "" {
		return code, system
	}
	if code, _, system, ok := c.Standard(); ok && code != "" {
		return code, system
	}
	return c.Code, c.System
}
