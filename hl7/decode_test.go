package hl7_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/japanese"

	"github.com/torideproject/toride/hl7"
)

const head = "MSH|^~\\&|HIS|SEND|GW|RCV|20250401||ADT^A08^ADT_A01|1|P|2.5||||||~ISO IR87\r"

func kinds(m *hl7.Message) []hl7.ProblemKind {
	var out []hl7.ProblemKind
	list, _ := m.Problems()
	for _, p := range list {
		out = append(out, p.Kind)
	}
	return out
}

// Each trap of character sets: bytes of PID, what field 5 then says, and the
// problems that are listed.
func TestDecode_CharsetTraps(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in   string
		want string
		cs   hl7.Charset
		bad  []hl7.ProblemKind
	}{
		"kanji whose bytes look like delimiters":   {"\x1b$B4|B@O:\x1b(B", "期太郎", hl7.ISO2022JP, nil},
		"old JIS and JIS-Roman":                    {"\x1b$@4|\x1b(Jabc", "期abc", hl7.ISO2022JP, nil},
		"half-width katakana by escape":            {"\x1b(I6]\x1b(B", "ｶﾝ", hl7.ISO2022JP, nil},
		"half-width katakana by shift":             {"\x0e6]\x0fA", "ｶﾝA", hl7.ISO2022JP, nil},
		"circled digit of NEC":                     {"\x1b$B-!\x1b(B", "①", hl7.ISO2022JP, nil},
		"JIS X 0212":                               {"\x1b$(D0!\x1b(B", "丂", hl7.ISO2022JP, nil},
		"dash and wave as WHATWG has them":         {"\x1b$B!]!A\x1b(B", "－～", hl7.ISO2022JP, nil},
		"no return before the delimiter":           {"\x1b$BB@O:|||M", "太郎", hl7.ISO2022JP, []hl7.ProblemKind{hl7.OpenKanji}},
		"half a character":                         {"\x1b$BB@O\x1b(B", "太\uFFFD", hl7.ISO2022JP, []hl7.ProblemKind{hl7.Undecodable}},
		"empty place of the set":                   {"\x1b$B)!\x1b(B", "\uFFFD", hl7.ISO2022JP, []hl7.ProblemKind{hl7.Undecodable}},
		"eight-bit katakana beside escapes":        {"\x1b$BB@\x1b(B\xb6\xdd", "太ｶﾝ", hl7.ISO2022JP, []hl7.ProblemKind{hl7.EightBit}},
		"eight-bit rubbish beside escapes":         {"\x1b$BB@\x1b(B\xff", "太\uFFFD", hl7.ISO2022JP, []hl7.ProblemKind{hl7.Undecodable}},
		"unknown escape":                           {"\x1b$BB@\x1b(Z|", "太\uFFFD(Z", hl7.ISO2022JP, []hl7.ProblemKind{hl7.Undecodable}},
		"CP932":                                    {"\x8d\x82\x8b\xb4", "高橋", hl7.CP932, []hl7.ProblemKind{hl7.OtherCharset}},
		"CP932 with delimiters as second bytes":    {"\x8f\x5c\x83\x7c\x94\x5e", "十ポ膿", hl7.CP932, []hl7.ProblemKind{hl7.OtherCharset}},
		"CP932 with IBM kanji and gaiji":           {"\xfb\xfc\xf0\x40", "髙\uE000", hl7.CP932, []hl7.ProblemKind{hl7.Gaiji, hl7.OtherCharset}},
		"CP932 with nothing but katakana in pairs": {"\xb6\xdd\xbc\xde^\xc0\xdb", "ｶﾝｼﾞ", hl7.CP932, []hl7.ProblemKind{hl7.OtherCharset}},
		"EUC-JP":      {"\xb4\xb5\xbc\xd4^\xa5\xab\xa5\xf3", "患者", hl7.EUCJP, []hl7.ProblemKind{hl7.OtherCharset}},
		"CP932 cut":   {"\x8d\x82\xfd|", "高\uFFFD", hl7.CP932, []hl7.ProblemKind{hl7.Undecodable, hl7.OtherCharset}},
		"UTF-8":       {"髙橋", "髙橋", hl7.UTF8, []hl7.ProblemKind{hl7.OtherCharset}},
		"plain ASCII": {"TORIDE", "TORIDE", hl7.ASCII, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, err := hl7.Parse([]byte(head + "PID|||1||" + c.in + "\rPV1||I\r"))
			if err != nil {
				t.Fatal(err)
			}
			if got := m.First("PID").Field(5).Text(); got != c.want || m.Charset() != c.cs {
				t.Errorf("%q in %v", got, m.Charset())
			}
			if got := kinds(m); !slices.Equal(got, c.bad) {
				t.Errorf("problems %v", got)
			}
			if m.First("PV1").Field(2).Text() != "I" {
				t.Errorf("the segment behind is spoiled: %q", m.Text())
			}
			if !strings.Contains(string(m.First("PID").Bytes()), c.in) {
				t.Errorf("bytes %q", m.First("PID").Bytes())
			}
		})
	}
}

func TestDecode_OtherCharsetsOfAMessage(t *testing.T) {
	t.Parallel()
	text := strings.ReplaceAll(head, "~ISO IR87", "") + "PID|||1||患者^太郎^^^^^L^I~カンジャ^タロウ^^^^^L^P||19480405\rNTE|||今日は晴れ、明日は雨。\r"
	utf16 := func(bom string, swap bool) []byte {
		out := []byte(bom)
		for _, r := range text {
			a, b := byte(r), byte(r>>8)
			if swap {
				a, b = b, a
			}
			out = append(out, a, b)
		}
		return out
	}
	euc, err := japanese.EUCJP.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	sjis, err := japanese.ShiftJIS.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		in []byte
		cs hl7.Charset
	}{
		"EUC-JP": {euc, hl7.EUCJP}, "CP932": {sjis, hl7.CP932}, "UTF-8 with mark": {append([]byte("\xEF\xBB\xBF"), text...), hl7.UTF8},
		"UTF-16LE": {utf16("\xFF\xFE", false), hl7.UTF16LE}, "UTF-16BE": {utf16("\xFE\xFF", true), hl7.UTF16BE},
	} {
		m, err := hl7.Parse(c.in)
		if err != nil || m.Charset() != c.cs || !m.Clean() || m.Text() != strings.ReplaceAll(text, "\r", "\n") {
			t.Errorf("%s: %v %v %v %q", name, err, m.Charset(), kinds(m), m.Text())
		}
		if got := m.First("PID").Bytes(); !strings.Contains(string(c.in), string(got)) || len(got) == 0 {
			t.Errorf("%s: bytes %q", name, got)
		}
	}
}

// Line ends, frames and what stands where it should not.
func TestDecode_Lines(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in   string
		want string
		bad  []hl7.ProblemKind
	}{
		"CR":                        {head + "PID|1\r", "MSH PID", nil},
		"LF":                        {strings.ReplaceAll(head+"PID|1\r", "\r", "\n"), "MSH PID", nil},
		"CRLF":                      {strings.ReplaceAll(head+"PID|1\r", "\r", "\r\n"), "MSH PID", nil},
		"no end":                    {head + "PID|1", "MSH PID", nil},
		"MLLP frame":                {"\x0b" + head + "PID|1\r\x1c\r", "MSH PID", nil},
		"end-of-file mark":          {head + "PID|1\r\x1a", "MSH PID", nil},
		"one NUL":                   {head + "PID|1\r\x00", "MSH PID", nil},
		"half-written":              {head + "PID|1\r" + strings.Repeat("\x00", 900), "MSH PID", []hl7.ProblemKind{hl7.Padding}},
		"empty lines":               {head + "\r\r\nPID|1\r", "MSH PID", nil},
		"free text with a line end": {head + "OBX|1|TX|||one\ntwo\rNTE|1\r", "MSH OBX NTE", []hl7.ProblemKind{hl7.Continued}},
		"a word alone in free text": {head + "OBX|1|TX|||see\nCRP\nALT 30\rAL1\rZZZ\r", "MSH OBX AL1 ZZZ", []hl7.ProblemKind{hl7.Continued, hl7.Continued}},
		"no header":                 {"PID|1||X\rPV1|1\r", "PID PV1", []hl7.ProblemKind{hl7.NoHeader}},
		"junk before":               {"\x00\x00garbage\r" + head + "PID|1\r", "MSH PID", []hl7.ProblemKind{hl7.Junk}},
		"junk on the header's line": {"#SSMIX,x " + head + "PID|1\r", "MSH PID", []hl7.ProblemKind{hl7.Junk}},
		"two messages":              {head + "PID|1\r" + head, "MSH PID MSH", []hl7.ProblemKind{hl7.OtherHeader}},
	} {
		m, err := hl7.Parse([]byte(c.in))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var ids []string
		for s := range m.Segments() {
			ids = append(ids, s.ID())
		}
		if strings.Join(ids, " ") != c.want || !slices.Equal(kinds(m), c.bad) {
			t.Errorf("%s: %v %v", name, ids, kinds(m))
		}
	}
	m, _ := hl7.Parse([]byte(head + "OBX|1|TX|||one\ntwo|x\r"))
	if got := m.First("OBX").Field(5).Text(); got != "one\ntwo" || m.First("OBX").Field(6).Text() != "x" {
		t.Errorf("continued: %q", got)
	}
}

func TestDecode_RefusesWhatIsNoMessage(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"", "\r\n\x00", "\xfb\xfc", "hello", strings.Repeat("\x00", 4096), "PK\x03\x04", "<?xml version=\"1.0\"?>"} {
		m, err := hl7.Parse([]byte(in))
		if err != hl7.ErrNotHL7 || m.Len() != 0 || string(m.Bytes()) != in {
			t.Errorf("%q: %v, %d segments", in, err, m.Len())
		}
	}
	if err := hl7.NewDecoder(hl7.Options{MaxSize: 100}).Decode(new(hl7.Message), make([]byte, 101)); err != hl7.ErrTooLarge {
		t.Error(err)
	}
}

func TestDecode_StopsAtItsLimits(t *testing.T) {
	t.Parallel()
	m, err := hl7.Parse([]byte(head + strings.Repeat("NTE\r", hl7.MaxSegments+10)))
	if err != nil || m.Len() != hl7.MaxSegments || !slices.Equal(kinds(m), []hl7.ProblemKind{hl7.OverLimit}) {
		t.Errorf("%v: %d segments, %v", err, m.Len(), kinds(m))
	}
	m, err = hl7.Parse([]byte(head + "OBX" + strings.Repeat("|", hl7.MaxFields+10)))
	if err != nil || m.First("OBX").NumFields() > hl7.MaxFields || !slices.Equal(kinds(m), []hl7.ProblemKind{hl7.OverLimit}) {
		t.Errorf("%v: %d fields, %v", err, m.First("OBX").NumFields(), kinds(m))
	}
	m, err = hl7.Parse([]byte(head + "OBX|" + strings.Repeat("\x1b$B)!\x1b(B-", 500)))
	if list, more := m.Problems(); err != nil || len(list) != hl7.MaxProblems || more != 400 {
		t.Errorf("%v: %d problems and %d", err, len(list), more)
	}
}

func TestDecoder_AMessageIsUsedAgain(t *testing.T) {
	t.Parallel()
	d := hl7.NewDecoder(hl7.Options{})
	var m hl7.Message
	if err := d.Decode(&m, []byte(head+"PID|||1||\x1b$BB@O:\x1b(B\rPV1|1\r")); err != nil {
		t.Fatal(err)
	}
	name, kept := m.First("PID").Field(5).Text(), m.Clone()
	if err := d.Decode(&m, []byte(head+"PID|||2||X\r")); err != nil {
		t.Fatal(err)
	}
	if name != "太郎" || kept.First("PID").Field(3).Text() != "1" || kept.Len() != 3 || m.Len() != 2 || m.First("PV1").There() {
		t.Errorf("%q, %d and %d segments", name, kept.Len(), m.Len())
	}
	if err := d.Decode(&m, nil); err != hl7.ErrNotHL7 || m.Len() != 0 || m.First("PID").Field(3).State() != hl7.Absent {
		t.Errorf("%v", err)
	}
}

func TestDecode_OtherDelimiters(t *testing.T) {
	t.Parallel()
	m, err := hl7.Parse([]byte("MSH$%*!@$HIS\rPID$$$1%2*3$a@b\r"))
	if err != nil {
		t.Fatal(err)
	}
	f := m.First("PID").Field(3)
	if f.Comp(2).Text() != "2" || f.Rep(2).Text() != "3" || m.First("PID").Field(4).Sub(2).Text() != "b" || m.First("MSH").Field(3).Text() != "HIS" {
		t.Errorf("%v %q", m.Delimiters(), m.Text())
	}
	if s := m.First("MSH"); s.Field(1).Text() != "$" || s.Field(2).Text() != "%*!@" || s.NumFields() != 3 {
		t.Errorf("%q %q", s.Field(1).Text(), s.Field(2).Text())
	}
}
