package format

import (
	"math/bits"
	"strings"
	"sync"
	"unicode/utf8"
)

// Kind is the type of a JSON value.
type Kind uint8

// The types of JSON's plain values. Objects and arrays have none of their own: their
// members stand for them.
const (
	String Kind = iota
	Number
	Bool
	Null
)

// Pair is a plain value of a JSON text with its place. An element of an array has
// the Key of the array.
type Pair struct {
	Key   *Key
	Value string // unescaped; numbers as written; empty for null
	Kind  Kind
	Array bool // an element of an array
	Again bool // inside an array at any depth: its Key may come again
}

// Pairs are the plain values of a JSON text in their order. Scanner.Free takes
// the memory back.
type Pairs struct{ List []Pair }

// Scanner reads JSON objects into pairs. It is safe for several goroutines.
type Scanner struct {
	keys *Keys
	pool sync.Pool // of *Pairs
}

// NewScanner makes a Scanner; classify is that of NewKeys.
func NewScanner(classify func(*Key)) *Scanner {
	return &Scanner{keys: NewKeys(classify)}
}

// Keys gives the names the scanner knows.
func (sc *Scanner) Keys() *Keys { return sc.keys }

// Free takes back what Scan gave.
func (sc *Scanner) Free(p *Pairs) {
	if cap(p.List) <= 4*maxPairs {
		clear(p.List)
		p.List = p.List[:0]
		sc.pool.Put(p)
	}
}

// maxPairs bounds what one text may give: MaxFields, and what formats leave out.
const maxPairs = MaxFields + 256

// Scan reads s, one JSON object, and gives its plain values and "", or what
// could be read before it broke and the code of the reason (UnreadJSON …).
// It takes time in proportion to len(s). Values without an escape are parts of s.
//
// It accepts every text that RFC 8259 allows up to MaxDepth, and control
// characters inside strings, which some senders do not escape.
func (sc *Scanner) Scan(s string) (*Pairs, string) {
	p, ok := sc.pool.Get().(*Pairs)
	if !ok {
		p = &Pairs{List: make([]Pair, 0, 128)}
	}
	j := scan{s: s, keys: sc.keys, list: p.List}
	why := j.run()
	p.List = j.list
	return p, why
}

type frame struct {
	key   *Key
	array bool
	again bool // an array, or inside one
}

type scan struct {
	s     string
	i     int
	keys  *Keys
	list  []Pair
	esc   strings.Builder // unescaped values, parts of which Pair.Value are
	stack [MaxDepth]frame
	depth int
}

// run goes through the text without recursion. At the top of the loop a value
// (in an array) or a name (in an object) is expected.
func (j *scan) run() string {
	j.blank()
	if j.i >= len(j.s) {
		return UnreadEmpty
	}
	if j.s[j.i] != '{' {
		return UnreadJSON
	}
	j.i++
	j.stack[0], j.depth = frame{}, 1
	first := true
	for j.depth > 0 {
		f := j.stack[j.depth-1]
		j.blank()
		if j.i >= len(j.s) {
			return UnreadJSON
		}
		end := byte('}')
		if f.array {
			end = ']'
		}
		if c := j.s[j.i]; c == end {
			j.i, first = j.i+1, false
			j.depth--
			continue
		}
		if !first {
			if j.s[j.i] != ',' {
				return UnreadJSON
			}
			j.i++
			j.blank()
		}
		opened, why := j.member(f)
		if why != "" {
			return why
		}
		first = opened
	}
	j.blank()
	if j.i < len(j.s) {
		return UnreadJSON
	}
	return ""
}

// member reads one member of the frame f: a name if it is an object, and a value. It
// says whether the value opened an object or array.
func (j *scan) member(f frame) (opened bool, why string) {
	key := f.key
	if !f.array {
		if j.i >= len(j.s) || j.s[j.i] != '"' {
			return false, UnreadJSON
		}
		name, ok := j.str()
		if !ok {
			return false, UnreadJSON
		}
		key = j.keys.Child(f.key, name)
		j.blank()
		if j.i >= len(j.s) || j.s[j.i] != ':' {
			return false, UnreadJSON
		}
		j.i++
		j.blank()
	}
	if j.i >= len(j.s) {
		return false, UnreadJSON
	}
	switch c := j.s[j.i]; c {
	case '{', '[':
		if j.depth == MaxDepth {
			return false, UnreadDeep
		}
		j.stack[j.depth] = frame{key, c == '[', f.again || c == '['}
		j.depth++
		j.i++
		return true, ""
	case '"':
		v, ok := j.str()
		if !ok {
			return false, UnreadJSON
		}
		return false, j.emit(Pair{key, v, String, f.array, f.again})
	}
	return false, j.plain(key, f)
}

func (j *scan) emit(p Pair) string {
	if len(j.list) >= maxPairs {
		return UnreadMany
	}
	j.list = append(j.list, p)
	return ""
}

// plain reads a number, true, false or null.
func (j *scan) plain(key *Key, f frame) string {
	from := j.i
	switch rest := j.s[j.i:]; {
	case strings.HasPrefix(rest, "true"):
		j.i += 4
		return j.emit(Pair{key, "true", Bool, f.array, f.again})
	case strings.HasPrefix(rest, "false"):
		j.i += 5
		return j.emit(Pair{key, "false", Bool, f.array, f.again})
	case strings.HasPrefix(rest, "null"):
		j.i += 4
		return j.emit(Pair{key, "", Null, f.array, f.again})
	}
	if !j.number() {
		return UnreadJSON
	}
	return j.emit(Pair{key, j.s[from:j.i], Number, f.array, f.again})
}

// number passes over a number of RFC 8259, section 6.
func (j *scan) number() bool {
	if j.i < len(j.s) && j.s[j.i] == '-' {
		j.i++
	}
	if j.i < len(j.s) && j.s[j.i] == '0' {
		j.i++
	} else if !j.digits() {
		return false
	}
	if j.i < len(j.s) && j.s[j.i] == '.' {
		j.i++
		if !j.digits() {
			return false
		}
	}
	if j.i < len(j.s) && j.s[j.i]|0x20 == 'e' {
		j.i++
		if j.i < len(j.s) && (j.s[j.i] == '+' || j.s[j.i] == '-') {
			j.i++
		}
		return j.digits()
	}
	return true
}

func (j *scan) digits() bool {
	from := j.i
	for j.i < len(j.s) && j.s[j.i]-'0' <= 9 {
		j.i++
	}
	return j.i > from
}

func (j *scan) blank() {
	for j.i < len(j.s) {
		if c := j.s[j.i]; c > ' ' || c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return
		}
		j.i++
	}
}

// str reads the string that begins at i, a quotation mark.
func (j *scan) str() (string, bool) {
	from := j.i + 1
	n := stop(j.s[from:])
	if n < 0 {
		return "", false
	}
	j.i = from + n
	if j.s[j.i] == '"' {
		j.i++
		return j.s[from : j.i-1], true
	}
	return j.escaped(from)
}

// escaped reads on where the first backslash stands at i; the string began at from.
func (j *scan) escaped(from int) (string, bool) {
	if j.esc.Cap() == 0 {
		j.esc.Grow(min(len(j.s)-from, 384)) // never longer than what is left
	}
	start := j.esc.Len()
	for {
		j.esc.WriteString(j.s[from:j.i])
		if j.s[j.i] == '"' {
			j.i++
			return j.esc.String()[start:], true
		}
		if !j.escape() {
			return "", false
		}
		from = j.i
		n := stop(j.s[from:])
		if n < 0 {
			return "", false
		}
		j.i = from + n
	}
}

// escape writes the character that the escape at i stands for.
func (j *scan) escape() bool {
	if j.i+1 >= len(j.s) {
		return false
	}
	c := j.s[j.i+1]
	j.i += 2
	switch c {
	case '"', '\\', '/':
	case 'n':
		c = '\n'
	case 't':
		c = '\t'
	case 'r':
		c = '\r'
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case 'u':
		return j.unicode()
	default:
		return false
	}
	j.esc.WriteByte(c)
	return true
}

// unicode reads the four digits at i, and a second escape when the two are a
// surrogate pair. A lone surrogate becomes U+FFFD.
func (j *scan) unicode() bool {
	r, ok := hex4(j.s[j.i:])
	if !ok {
		return false
	}
	j.i += 4
	if r >= 0xD800 && r < 0xDC00 && strings.HasPrefix(j.s[j.i:], `\u`) {
		if low, ok := hex4(j.s[j.i+2:]); ok && low >= 0xDC00 && low < 0xE000 {
			r = (r-0xD800)<<10 | (low - 0xDC00) + 0x10000
			j.i += 6
		}
	}
	if r >= 0xD800 && r < 0xE000 {
		r = utf8.RuneError
	}
	j.esc.WriteRune(r)
	return true
}

func hex4(s string) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	var r rune
	for i := 0; i < 4; i++ {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

// stop gives where the first quotation mark or backslash stands, or -1. It looks at
// eight bytes at a time.
func stop(s string) int {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(s); i += 8 {
		x := le64(s[i:])
		q, b := x^(ones*'"'), x^(ones*'\\')
		// The lowest bit found is exact; those above it may be carries.
		if m := ((q-ones)&^q | (b-ones)&^b) & high; m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for ; i < len(s); i++ {
		if s[i] == '"' || s[i] == '\\' {
			return i
		}
	}
	return -1
}
