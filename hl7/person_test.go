package hl7_test

import (
	"testing"

	"github.com/torideproject/toride/hl7"
)

// utf parses one field of a message in UTF-8.
func utf(tb testing.TB, s string) hl7.Value {
	tb.Helper()
	m, err := hl7.Parse([]byte("MSH|^~\\&|||||||||||||||UNICODE UTF-8\rZZZ|" + s + "\r"))
	if err != nil {
		tb.Fatal(err)
	}
	return m.First("ZZZ").Field(1)
}

func TestNames(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][3]string{
		"患者^太郎^^^^^L^I~カンジャ^タロウ^^^^^L^P":                    {"患者　太郎", "カンジャ　タロウ", ""},
		"カンジャ^タロウ^^^^^L^P~患者^太郎^^^^^L^I":                    {"患者　太郎", "カンジャ　タロウ", ""},
		"患者^太郎~カンジャ^タロウ":                                    {"患者　太郎", "カンジャ　タロウ", ""},
		"患者太郎~ｶﾝｼﾞｬ ﾀﾛｳ":                                    {"患者太郎", "ｶﾝｼﾞｬ ﾀﾛｳ", ""},
		"KANJA^TARO^^^^^L^A~患者^太郎^^^^^L^I~カンジャ^タロウ^^^^^L^P": {"患者　太郎", "カンジャ　タロウ", "KANJA　TARO"},
		"SMITH^JOHN":        {"SMITH　JOHN", "", "SMITH　JOHN"},
		"さくら":               {"", "さくら", ""},
		"":                  {"", "", ""},
		`""`:                {"", "", ""},
		"^^^^^^L^I~^^^^^^L": {"", "", ""},
	} {
		f := utf(t, in)
		kanji, kana := hl7.Names(f)
		if got := [3]string{kanji.Full(), kana.Full(), hl7.Alphabet(f).Full()}; got != want {
			t.Errorf("%s: %q", in, got)
		}
	}
}

func TestStaff(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][2]string{
		"220^医師^一郎^^^^^^^L^^^^^I":                        {"220", "医師　一郎"},
		"ishi01^医師一郎^^^^^^^^L^^^^^I":                     {"ishi01", "医師一郎"},
		"110^医師^一郎^^^^^^^L^^^^^I~^イシ^イチロウ^^^^^^^L^^^^^P": {"110", "医師　一郎"},
		"110^イシ^イチロウ^^^^^^^L^^^^^P~^医師^一郎^^^^^^^L^^^^^I": {"110", "医師　一郎"},
		"777":                   {"777", "777"},
		"":                      {"", ""},
		"4010^INTERN^JOE^^^^MD": {"4010", "INTERN　JOE"},
	} {
		x := hl7.Staff(utf(t, in))
		if got := [2]string{x.ID, x.Display()}; got != want {
			t.Errorf("%s: %q", in, got)
		}
	}
}

func TestPlacesAddressesNumbers(t *testing.T) {
	t.Parallel()
	if p := hl7.PLOf(utf(t, "32^302^1^^^N")); p.Ward != "32" || p.Room != "302" || p.Bed != "1" || p.Kind != "N" {
		t.Errorf("%+v", p)
	}
	if a := hl7.XADOf(utf(t, "^^^^422-8033^JPN^H^静岡県静岡市登呂１−３−５")); a.Postcode != "422-8033" || a.Display() != "静岡県静岡市登呂１−３−５" || a.Kind != "H" {
		t.Errorf("%+v", a)
	}
	if a := hl7.XADOf(utf(t, "１−３^^静岡市^静岡県")); a.Display() != "静岡県静岡市１−３" {
		t.Errorf("%+v", a)
	}
	for in, want := range map[string]string{"^PRN^PH^^^^^^^^^054-000-0000": "054-000-0000", "054-1": "054-1", "^PRN^PH^^^054^1234": "054-1234", "^NET^^a@example.jp": ""} {
		if x := hl7.XTNOf(utf(t, in)); x.Number != want {
			t.Errorf("%s: %+v", in, x)
		}
	}
	for in, want := range map[string]string{"9999013": "9999013", "12^^^^XX~34^^^^PI": "34", "12~34": "12", "~34": "34", "": "", `""`: ""} {
		if got := hl7.PatientID(utf(t, in)); got != want {
			t.Errorf("%s: %q", in, got)
		}
	}
}

func TestTiming(t *testing.T) {
	t.Parallel()
	m, err := hl7.Parse([]byte("MSH|^~\\&|||||||||||||||UNICODE UTF-8\rTQ1|1||1011000400000000&内服・経口・１日１回朝食後&JAMISDP01~I1100000&１日おき&JAMISDP01|||7^D&日&ISO+|20160825|||夜|1 日2 回まで|||10\r" +
		"TQ1|1||TID^１日３回^HL70335|||5^d|2011070100\r"))
	if err != nil {
		t.Fatal(err)
	}
	q := hl7.TQ1Of(m.Segment(1))
	if len(q.Patterns) != 2 || q.Patterns[0].Pattern.Display() != "内服・経口・１日１回朝食後" || q.Patterns[1].Pattern.Code != "I1100000" || q.Duration.Quantity != "7" ||
		q.Duration.Unit.Display() != "日" || q.Start.Date() != "20160825" || q.Note != "1 日2 回まで" || q.Total != "10" || q.Condition != "夜" || !q.End.IsZero() {
		t.Errorf("%+v", q)
	}
	q = hl7.TQ1Of(m.Segment(2))
	if q.Patterns[0].Pattern.Text != "１日３回" || q.Patterns[0].Pattern.System != "HL70335" || q.Duration.Unit.Code != "d" || q.Start.Precision != hl7.Hour {
		t.Errorf("%+v", q)
	}
	for in, want := range map[string]string{"3^TAB&錠&MR9P": "3 錠", "3^TAB^錠^MR9P": "3 錠", "3&TAB&錠": "3 ", "3": "3 ", "": " "} {
		c := hl7.CQOf(utf(t, in))
		if got := c.Quantity + " " + c.Unit.Display(); got != want {
			t.Errorf("%s: %q", in, got)
		}
	}
	if got := hl7.SNOf(utf(t, ">^100")).String(); got != ">100" {
		t.Errorf("%q", got)
	}
	if got := hl7.EIOf(utf(t, "12&ns").Comp(1)); got.ID != "12" || got.Namespace != "ns" {
		t.Errorf("%+v", got)
	}
}

// Reading costs one allocation for each message, writing none; asking for
// fields and composites none.
func TestAllocations(t *testing.T) {
	data := []byte(head + "PID|0001||9999013||\x1b$B45<T\x1b(B^\x1b$BB@O:\x1b(B^^^^^L^I||19480405|M\rPV1|0001|I|32^302^1^^^N\r\x1c")
	d := hl7.NewDecoder(hl7.Options{})
	e := hl7.NewEncoder(hl7.EncodeOptions{})
	var m hl7.Message
	var out []byte
	if n := testing.AllocsPerRun(100, func() {
		if err := d.Decode(&m, data); err != nil {
			t.Fatal(err)
		}
	}); n > 1 {
		t.Errorf("reading: %v allocations", n)
	}
	if n := testing.AllocsPerRun(100, func() { out = e.AppendMessage(out[:0], &m) }); n > 0 {
		t.Errorf("writing: %v allocations", n)
	}
	if n := testing.AllocsPerRun(100, func() {
		pid := m.First("PID")
		hl7.PatientID(pid.Field(3))
		hl7.CWEOf(pid.Field(5))
		hl7.TimeOf(pid.Field(7))
		hl7.PLOf(m.First("PV1").Field(3))
	}); n > 0 {
		t.Errorf("asking: %v allocations", n)
	}
}
