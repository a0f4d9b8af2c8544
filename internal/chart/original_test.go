package chart

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/torideproject/toride/hl7"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/ssmix2/view"
)

func TestParsePlace(t *testing.T) {
	t.Parallel()
	f := func(s string, want Place, ok bool) {
		t.Helper()
		if got, is := parsePlace(s); is != ok || ok && got != want {
			t.Errorf("%q: %+v %v", s, got, is)
		}
	}
	f("2-5~1", Place{2, 5, 1}, true)
	f("12-3", Place{12, 3, 0}, true)
	for _, s := range []string{"", "x", "Observation.value", "2-", "-5~1", "2-5~", "2-5~x", "2--5", "1-2~3~4"} {
		f(s, Place{}, false)
	}
}

func TestSegments_NamesAndPlaces(t *testing.T) {
	t.Parallel()
	m, err := hl7.Parse([]byte("MSH|^~\\&|HIS\rPID|0001||0000000001^^^^PI||潮見^恵^^^^^L^I~シオミ^メグミ^^^^^L^P|\"\"|19690924|F\rZZZ|a\\F\\b|c\r"))
	if err != nil {
		t.Fatal(err)
	}
	list, left := segments(m, 0, Place{1, 5, 2}, true, text.JA)
	if len(list) != 3 || left != 0 {
		t.Fatalf("%d segments, %d left", len(list), left)
	}
	pid := list[1]
	if pid.ID != "PID" || pid.Name != "患者" {
		t.Errorf("%+v", pid)
	}
	got := ""
	for _, f := range pid.Fields {
		got += f.Place + " " + f.Name
		if f.Null {
			got += " null"
		}
		for _, p := range f.Parts {
			got += fmt.Sprint(" ", p.Number, "=", p.Text)
		}
		if f.Meaning != "" {
			got += " (" + f.Meaning + ")"
		}
		if f.At {
			got += " <" + f.ID + ">"
		}
		got += "; "
	}
	want := "PID-1 セットID 0=0001; PID-3 患者ID 1=0000000001 5=PI; PID-5 氏名 1=潮見 2=恵 7=L 8=I; PID-5 (2) 氏名 1=シオミ 2=メグミ 7=L 8=P <at>; PID-6  null; PID-7 生年月日 0=19690924; PID-8 性別 0=F (女性); "
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if z := list[2]; z.Name != "" || z.Fields[0].Parts[0].Text != "a|b" || z.Fields[0].Raw != `a\F\b` {
		t.Errorf("%+v", z)
	}
}

// The place that was asked for is among those shown however long the message.
func TestSegments_OfALongMessage(t *testing.T) {
	t.Parallel()
	m, err := hl7.Parse([]byte("MSH|^~\\&|HIS\r" + strings.Repeat("OBX|1|ST|x\r", 5000)))
	if err != nil {
		t.Fatal(err)
	}
	at := Place{4000, 3, 1}
	from := firstSegment("", at, true, m.Len())
	list, left := segments(m, from, at, true, text.EN)
	if !marked(list) || from == 0 || left == 0 || from+len(list)+left != m.Len() {
		t.Errorf("marked %v, from %d, %d shown, left %d", marked(list), from, len(list), left)
	}
	seen := 0
	for from = 0; from < m.Len(); from += len(list) {
		if list, _ = segments(m, from, Place{}, false, text.EN); len(list) == 0 {
			t.Fatal("no segment from", from)
		}
		seen += len(list)
	}
	if seen != m.Len() {
		t.Errorf("%d of %d segments were shown", seen, m.Len())
	}
	for _, first := range []string{"-1", "99999999", "x"} {
		if n := firstSegment(first, Place{}, false, 10); n < 0 || n > 9 {
			t.Errorf("from %s: %d", first, n)
		}
	}
}

func TestCompare_MarksWhatDiffers(t *testing.T) {
	t.Parallel()
	read := func(s string) []Segment {
		m, err := hl7.Parse([]byte("MSH|^~\\&|HIS||||2026\r" + s))
		if err != nil {
			t.Fatal(err)
		}
		list, _ := segments(m, 0, Place{}, false, text.JA)
		return list
	}
	a, b := read("PID|1||7\rPRB|AD|20260101|胃炎\r"), read("PID|1||7\rPRB|AD|20260101|胃癌\rPRB|AD|20260102|頭痛\r")
	compare(a, b)
	count := func(list []Segment) (n int) {
		for _, s := range list {
			for _, f := range s.Fields {
				if f.Other {
					n++
				}
			}
		}
		return n
	}
	if x, y := count(a), count(b); x != 1 || y != 4 {
		t.Errorf("%d and %d fields differ", x, y)
	}
}

func TestPrettyJSON(t *testing.T) {
	t.Parallel()
	f := func(in string, want string, whole bool) {
		t.Helper()
		if got, w := prettyJSON([]byte(in)); got != want || w != whole {
			t.Errorf("%.40q: %.60q %v", in, got, w)
		}
	}
	f(`{"a":[1]}`, "{\n  \"a\": [\n    1\n  ]\n}", true)
	f(`{"a":`, `{"a":`, true)
	if got, whole := prettyJSON([]byte(`"` + strings.Repeat("あ", maxJSON) + `"`)); whole || len(got) > maxJSON {
		t.Errorf("%d bytes, whole %v", len(got), whole)
	}
}

// Every code that a chart can hold has words in both languages.
func TestTexts_OfCodesAreComplete(t *testing.T) {
	t.Parallel()
	var keys []string
	add := func(prefix string, codes ...string) {
		for _, c := range codes {
			keys = append(keys, "chart."+prefix+"."+c)
		}
	}
	for _, s := range []view.Stage{view.Unsaid, view.Ordered, view.Pending, view.Preliminary, view.Corrected, view.Impossible, view.Withdrawn} {
		add("rec.stage", string(s))
	}
	for _, c := range []view.Carried{view.Unrecorded, view.CarriedOut, view.PartlyCarried, view.WasRefused, view.WasNotGiven, view.Mixed, view.Stated, view.WasStopped} {
		add("rec.carried", string(c))
	}
	for _, o := range []view.Outcome{view.Given, view.Partial, view.Refused, view.NotGiven, view.Unstated} {
		add("rec.outcome", string(o))
	}
	for _, m := range []view.Move{view.DoctorChanged, view.Visited, view.AdmissionPlanned, view.Admitted, view.LeaveBegan, view.LeaveEnded, view.TransferPlanned, view.Transferred, view.DischargePlanned, view.Discharged} {
		add("rec.move", string(m))
	}
	for _, u := range []view.Usage{view.Undated, view.Before, view.InUse, view.Open, view.OpenOld, view.Over, view.Stopped} {
		add("rx.use", string(u))
	}
	for _, l := range []view.Life{view.Deleted, view.Cancelled, view.Mistaken} {
		add("life", string(l))
	}
	add("rec.standing", model.Deleted, model.Uncertain, model.Superseded)
	add("rx.kind", "oral", "as_needed", "external", "self_injection")
	for k := hl7.Undecodable; k <= hl7.OtherCharset; k++ {
		if problemCode(k) == "other" {
			t.Errorf("%v has no code", k)
		}
		add("original.problem", problemCode(k))
	}
	for _, lang := range text.Langs() {
		have := map[string]string{}
		for _, name := range []string{"text_records_", "text_"} {
			data, err := fs.ReadFile(files, name+string(lang)+".json")
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(data, &have); err != nil {
				t.Fatal(err)
			}
		}
		for _, key := range keys {
			if have[key] == "" {
				t.Errorf("%s has no words in %s", key, lang)
			}
		}
	}
}

// The table of fields is whole: every line has four columns, no name twice.
func TestFieldNames(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for line := range strings.Lines(fieldsTable) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.Split(strings.TrimSpace(line), "\t")
		if len(parts) != 4 || parts[2] == "" || parts[3] == "" || seen[parts[0]+parts[1]] {
			t.Errorf("%q", line)
			continue
		}
		seen[parts[0]+parts[1]] = true
	}
	if ja, en := fieldNames(text.JA), fieldNames(text.EN); len(ja) < 300 || ja.of("PID", 5) != "氏名" || en.of("PID", 5) != "Patient name" {
		t.Errorf("%d names", len(ja))
	}
}

func TestAround(t *testing.T) {
	t.Parallel()
	const doc = "{\n  \"id\": \"x\",\n  \"valueQuantity\": {\n    \"value\": 4\n  },\n  \"last\": 1\n}"
	f := func(path, want string) {
		t.Helper()
		before, in, behind := around(doc, path)
		if in != want || before+in+behind != doc {
			t.Errorf("%s: %q %q %q", path, before, in, behind)
		}
	}
	f("valueQuantity.value", "  \"valueQuantity\": {\n    \"value\": 4\n  },\n")
	f("last", "  \"last\": 1\n")
	f("id", "  \"id\": \"x\",\n")
	for _, none := range []string{"", "value", "x[0]", "[0]", ".", "2-5~1"} {
		f(none, "")
	}
}
