package sheet

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/torideproject/toride/internal/fault"
)

// shared is the table of strings that cells point to: one text and where each
// string ends in it, so that a cell's value costs no allocation.
type shared struct {
	all  string
	ends []uint32
}

func (s shared) at(i int) (string, bool) {
	if i < 0 || i >= len(s.ends) {
		return "", false
	}
	from := uint32(0)
	if i > 0 {
		from = s.ends[i-1]
	}
	return s.all[from:s.ends[i]], true
}

// readStrings reads the shared strings (ECMA-376 part 1, 18.4). limit bounds
// their bytes, and their count by sixteen bytes each.
func (w *workbook) readStrings(name string, limit int64) error {
	var arena []byte
	err := w.walk(name, func(x *xmlReader) error {
		if string(x.name) != "si" {
			return nil
		}
		from := len(arena)
		var err error
		if arena, err = richText(x, arena); err != nil {
			return err
		}
		if !goodText(arena[from:]) {
			return errXML
		}
		if utf8.RuneCount(arena[from:]) > maxCell {
			return fault.New(fault.TooLarge, "sheet.read.cell", maxCell, len(w.strings.ends)+1)
		}
		w.strings.ends = append(w.strings.ends, uint32(len(arena)))
		if int64(len(arena))+16*int64(len(w.strings.ends)) > limit {
			return fault.New(fault.TooLarge, "sheet.read.strings", mebi(limit))
		}
		return nil
	})
	w.strings.all = string(arena)
	return err
}

// richText reads a string item or an inline string up to its end: the runs in
// order, without the furigana (rPh) that Excel keeps beside them.
func richText(x *xmlReader, dst []byte) ([]byte, error) {
	inText := false
	for depth := 1; depth > 0; {
		kind, err := x.next()
		if err == io.EOF {
			return dst, errXML
		}
		if err != nil {
			return dst, err
		}
		switch kind {
		case tokenStart:
			if string(x.name) == "rPh" {
				if err := x.skip(); err != nil {
					return dst, err
				}
				continue
			}
			depth++
			inText = string(x.name) == "t"
		case tokenEnd:
			depth--
			inText = false
		case tokenText:
			if inText {
				dst = appendText(dst, x.text)
			}
		}
	}
	return dst, nil
}

// appendText resolves _xHHHH_ (ECMA-376 part 1, 22.9.2.19), which stands for
// characters that XML cannot hold, and makes line ends a plain newline.
func appendText(dst, src []byte) []byte {
	for {
		n := bytes.Index(src, []byte("_x"))
		if n < 0 || len(src) < n+7 {
			break
		}
		code, err := strconv.ParseUint(string(src[n+2:n+6]), 16, 16)
		if err != nil || src[n+6] != '_' {
			dst = appendLines(dst, src[:n+2])
			src = src[n+2:]
			continue
		}
		dst = appendLines(dst, src[:n])
		switch {
		case code == '\r':
		case code == '\n' || code == '\t' || code >= ' ' && (code < 0xD800 || code >= 0xE000):
			dst = utf8.AppendRune(dst, rune(code))
		default:
			dst = append(dst, ' ')
		}
		src = src[n+7:]
	}
	return appendLines(dst, src)
}

func appendLines(dst, src []byte) []byte {
	if bytes.IndexByte(src, '\r') < 0 {
		return append(dst, src...)
	}
	return append(dst, bytes.ReplaceAll(bytes.ReplaceAll(src, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))...)
}

// goodText reports whether text is UTF-8 without control characters other
// than tab and line end.
func goodText(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			return false
		}
	}
	return utf8.Valid(b)
}

// format says how a number in a cell is to be read, from its number format.
type format struct {
	kind   formatKind
	digits int // for padded and fixed
}

type formatKind uint8

const (
	general   formatKind = iota
	dayFormat            // a date, perhaps with a time of day
	monthFormat
	timeFormat
	padded // 000123
	fixed  // 5.40
)

// readStyles finds the number format of each cell style.
func (w *workbook) readStyles(name string) error {
	codes := map[int]string{}
	inXfs := false
	return w.walk(name, func(x *xmlReader) error {
		switch string(x.name) {
		case "numFmt":
			codes[x.attrInt("numFmtId", 0)] = x.attrText("formatCode")
		case "cellXfs":
			inXfs = true
		case "cellStyles", "cellStyleXfs", "dxfs":
			inXfs = false
		case "xf":
			if !inXfs {
				return nil
			}
			if len(w.formats) > 1<<16 {
				return errors.New("too many styles")
			}
			id := x.attrInt("numFmtId", 0)
			if code, ok := codes[id]; ok {
				w.formats = append(w.formats, parseFormat(code))
			} else {
				w.formats = append(w.formats, builtIn(id))
			}
		}
		return nil
	})
}

// builtIn knows the numbered formats (ECMA-376 part 1, 18.8.30), those of
// Japanese Excel included.
func builtIn(id int) format {
	switch {
	case id == 17, id == 34, id == 52, id == 55:
		return format{kind: monthFormat}
	case id >= 14 && id <= 16, id == 22, id >= 27 && id <= 31, id == 35, id == 36, id >= 50 && id <= 58:
		return format{kind: dayFormat}
	case id >= 18 && id <= 21, id == 32, id == 33, id >= 45 && id <= 47:
		return format{kind: timeFormat}
	case id == 2:
		return format{kind: fixed, digits: 2}
	}
	return format{}
}

// parseFormat understands a custom number format as far as reading needs.
func parseFormat(code string) format {
	bare := bareFormat(code)
	lower := strings.ToLower(bare)
	year := strings.ContainsAny(lower, "yge") && !strings.Contains(lower, "e+") && !strings.Contains(lower, "e-") &&
		!strings.Contains(lower, "general")
	switch {
	case year && strings.Contains(lower, "m") && !strings.Contains(lower, "d"):
		return format{kind: monthFormat}
	case year || strings.Contains(lower, "d"):
		return format{kind: dayFormat}
	case strings.Contains(lower, "h") || strings.Contains(lower, "ss"):
		return format{kind: timeFormat}
	}
	if len(bare) > 1 && strings.Trim(bare, "0") == "" {
		return format{kind: padded, digits: min(len(bare), 32)}
	}
	if rest, ok := strings.CutPrefix(bare, "0."); ok && rest != "" && strings.Trim(rest, "0") == "" {
		return format{kind: fixed, digits: min(len(rest), 15)}
	}
	return format{}
}

// bareFormat is the first section of a number format without quoted text,
// escapes, colours and locales.
func bareFormat(code string) string {
	var b strings.Builder
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case '"':
			n := strings.IndexByte(code[i+1:], '"')
			if n < 0 {
				return b.String()
			}
			i += n + 1
		case '[':
			n := strings.IndexByte(code[i:], ']')
			if n < 0 {
				return b.String()
			}
			if inner := strings.ToLower(code[i+1 : i+n]); inner != "" && strings.Trim(inner, "hms") == "" {
				b.WriteString(inner)
			}
			i += n
		case '\\', '_', '*':
			i++
		case ';':
			return b.String()
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
