package asset

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/torideproject/toride/internal/sheet"
	"github.com/torideproject/toride/internal/text"
)

// cellOf is one cell on its way into a field.
type cellOf struct {
	table string
	field field
	raw   string
}

// value turns a cell into a field's value. ok is false when the cell says
// nothing: it is blank, or says that it is not known. A warning tells what
// could not be read, or how it was read when that is not obvious.
func (w *vocabulary) value(c cellOf) (value string, warning text.Msg, ok bool) {
	raw := sheet.Clean(c.raw)
	if w.isBlank(raw) {
		return "", text.Msg{}, false
	}
	switch c.field.shape {
	case day:
		return dayValue(c, raw)
	case choice:
		return w.choiceValue(c, raw)
	case long:
		return strings.TrimSpace(c.raw), text.Msg{}, true
	}
	switch c.field.name {
	case "address", "mac":
		return strings.Join(strings.FieldsFunc(sheet.Narrow(raw), func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",;、/", r) }), " "), text.Msg{}, true
	case "number", "serial", "version", "mail", "id":
		return sheet.Narrow(raw), text.Msg{}, true
	}
	return raw, text.Msg{}, true
}

// dayValue reads a date. An end without a day means the last day that it may
// mean, a beginning the first.
func dayValue(c cellOf, raw string) (string, text.Msg, bool) {
	d, ok := sheet.ParseDate(raw)
	if !ok {
		return "", text.M("asset.import.warn.day", labelOf(c.field.name), raw), false
	}
	if c.field.name == "end_day" || c.field.name == "end_of_support" {
		return d.Last(), text.Msg{}, true
	}
	return d.First(), text.Msg{}, true
}

// choiceValue reads a choice: by the register's own words, then by the words
// of lists.
func (w *vocabulary) choiceValue(c cellOf, raw string) (string, text.Msg, bool) {
	folded := sheet.Fold(raw)
	name := c.table + "." + c.field.name
	if v, ok := w.labels[name][folded]; ok {
		return v, text.Msg{}, v != "" && !(c.field.name == "priority" && v == "0")
	}
	family, exact := name, false
	switch c.field.name {
	case "antivirus", "rdp", "source_limit", "mfa", "duty_split":
		family, exact = "answer", true
	case "owner_party", "patch_party":
		family = "party"
	case "priority":
		family, exact = "priority", true
	}
	if v, ok := w.choose(family, folded, exact); ok {
		return v, text.Msg{}, v != "" && !(c.field.name == "priority" && v == "0")
	}
	read := ""
	switch {
	case c.field.name == "antivirus": // the name of a product
		read = string(Yes)
	case family == "party" && companyCore(raw) != companySame(raw): // the name of a company
		read = string(ByVendor)
	case family == "answer" && strings.HasPrefix(folded, "有"), family == "answer" && strings.HasPrefix(folded, "○"):
		read = string(Yes)
	case family == "answer" && strings.HasPrefix(folded, "無"), family == "answer" && strings.HasPrefix(folded, "×"):
		read = string(No)
	default:
		return "", text.M("asset.import.warn.choice", labelOf(c.field.name), raw), false
	}
	return read, text.M("asset.import.warn.read_as", labelOf(c.field.name), raw, choiceOf(c.table, c.field.name, read)), true
}

// choose finds the value whose words the text is, or, unless exact, holds.
func (w *vocabulary) choose(family, folded string, exact bool) (string, bool) {
	for _, group := range w.Choices[family] {
		for _, word := range group[1:] {
			if word == folded {
				return group[0], true
			}
		}
	}
	if exact {
		return "", false
	}
	for _, group := range w.Choices[family] {
		for _, word := range group[1:] {
			if holds(folded, word) {
				return group[0], true
			}
		}
	}
	return "", false
}

// holds reports whether a word stands in a text. Latin words must stand alone,
// so that "ups" is not found in "groups"; one letter or mark is never enough.
func holds(folded, word string) bool {
	if utf8.RuneCountInString(word) < 2 {
		return false
	}
	for from := 0; ; {
		n := strings.Index(folded[from:], word)
		if n < 0 {
			return false
		}
		at, end := from+n, from+n+len(word)
		if !latin(word) || !latinAt(folded, at-1) && !latinAt(folded, end) {
			return true
		}
		from = at + 1
	}
}

func latin(word string) bool {
	return strings.IndexFunc(word, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

func latinAt(s string, i int) bool { return i >= 0 && i < len(s) && s[i] >= 'a' && s[i] <= 'z' }

// kindOf finds the kind of an asset or line that has no readable kind, or the
// class of a system: by its name, maker's words and sheet.
func (w *vocabulary) kindOf(family string, hints ...string) string {
	for _, hint := range hints {
		if v, ok := w.choose(family, sheet.Fold(hint), false); ok {
			return v
		}
	}
	return ""
}

// companySame brings the ways of writing one company's name together: ㈱, （株）
// and 株式会社 are the same word; its place counts.
func companySame(name string) string {
	return sheet.Key(strings.NewReplacer("(株)", "株式会社", "(有)", "有限会社", "(同)", "合同会社", "(資)", "合資会社", "(財)", "財団法人",
		"(社)", "社団法人").Replace(sheet.Fold(name)))
}

// companyCore leaves the legal form out: two names with one core are perhaps
// the same company.
func companyCore(name string) string {
	core := companySame(name)
	for _, form := range []string{"株式会社", "有限会社", "合同会社", "合資会社", "合名会社", "一般財団法人", "公益財団法人", "財団法人",
		"一般社団法人", "公益社団法人", "社団法人", "coltd", "inc", "corporation", "corp", "ltd", "kk"} {
		if latin(form) {
			if cut := strings.TrimSuffix(core, form); utf8.RuneCountInString(cut) >= 4 {
				core = cut
			}
			continue
		}
		core = strings.ReplaceAll(core, form, "")
	}
	if core == "" {
		return companySame(name)
	}
	return core
}

// mergeNote puts "heading: value" lines into a note: a line with the same
// heading is replaced, others stay.
func mergeNote(note string, lines []string) string {
	var all []string
	if note != "" {
		all = strings.Split(note, "\n")
	}
	for _, line := range lines {
		head, _, _ := strings.Cut(line, ": ")
		i := slices.IndexFunc(all, func(old string) bool { return strings.HasPrefix(old, head+": ") })
		if i >= 0 {
			all[i] = line
		} else {
			all = append(all, line)
		}
	}
	return strings.Join(all, "\n")
}

func join(places []string) string { return strings.Join(places, ", ") }

// splitVersion takes "FortiOS v5.4.8" and "Ver.5.4.8" apart: the words before
// the number name the system software, unless another column does.
func splitVersion(rec record) {
	var os, version ref
	for _, f := range rec.fields() {
		switch f.name {
		case "os":
			os = f.at
		case "version":
			version = f.at
		}
	}
	if os == nil || version == nil {
		return
	}
	v := version.get()
	digit := strings.IndexAny(v, "0123456789")
	if digit <= 0 || !latin(v[:digit]) || !strings.Contains(v[digit:], ".") {
		return
	}
	name := strings.TrimRight(v[:digit], " .:-_")
	for _, word := range []string{"firmware", "version", "ver", "fw", "v"} {
		if cut := len(name) - len(word); cut >= 0 && strings.EqualFold(name[cut:], word) && !latinAt(strings.ToLower(name), cut-1) {
			name = strings.TrimRight(name[:cut], " .:-_")
		}
	}
	if name != "" && os.get() != "" && !strings.EqualFold(name, os.get()) {
		return // two names: a person decides
	}
	_ = version.set(v[digit:]) // texts: cannot fail
	if name != "" {
		_ = os.set(name)
	}
}
