package evtx_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"

	"github.com/torideproject/toride/evtx"
	"github.com/torideproject/toride/evtx/evtxtest"
	"github.com/torideproject/toride/evtx/evtxwrite"
)

func cp1251() encoding.Encoding { return charmap.Windows1251 }

// one reads a file with a single event.
func one(t *testing.T, e evtxwrite.Event) *evtx.Record {
	t.Helper()
	r := evtx.NewReader(bytes.NewReader(evtxtest.File(t, e)), evtx.Options{})
	if !r.Next() {
		t.Fatal(r.Err(), r.Damage())
	}
	return r.Record()
}

func TestShape_FieldNames(t *testing.T) {
	t.Parallel()
	system := []string{"Provider_Name", "Provider_Guid", "EventID_Qualifiers", "EventID", "Version", "Level", "Task", "Opcode", "Keywords",
		"TimeCreated_SystemTime", "EventRecordID", "Correlation_ActivityID", "Execution_ProcessID", "Execution_ThreadID", "Channel",
		"Computer", "Security_UserID"}
	base := evtxwrite.Event{Provider: "P", ProviderGUID: guid, Channel: "C", EventID: 7}
	cases := map[string]struct {
		data []evtxwrite.Data
		user *evtxwrite.UserData
		want string
	}{
		"none":                       {},
		"blanks are taken out":       {data: []evtxwrite.Data{{Name: "Threat Name", Value: "x"}, {Name: "a b  c", Value: "y"}}, want: "ThreatName=x abc=y"},
		"without a name":             {data: []evtxwrite.Data{{Value: "x"}, {Value: nil}, {Value: "y"}, {Name: "n", Value: "z"}}, want: "Data=x\ny n=z"},
		"all without a name null":    {data: []evtxwrite.Data{{Value: nil}, {Value: nil}}, want: "Data=-"},
		"named Data too":             {data: []evtxwrite.Data{{Name: "Data", Value: "x"}, {Value: "y"}}, want: "Data=x\ny"},
		"twice":                      {data: []evtxwrite.Data{{Name: "n", Value: "x"}, {Name: "n", Value: "y"}, {Name: "n_1", Value: "z"}}, want: "n=x n_1=y n_1_1=z"},
		"as in System":               {data: []evtxwrite.Data{{Name: "Channel", Value: "x"}, {Name: "EventID", Value: "9"}}, want: "Channel_1=x EventID_1=9"},
		"UserData":                   {user: &evtxwrite.UserData{Name: "LogFileCleared", Namespace: "http://ns.example", Fields: []evtxwrite.Data{{Name: "Channel", Value: "x"}, {Name: "Name", Value: "y"}}}, want: "Channel_1=x Name=y"},
		"UserData without any field": {user: &evtxwrite.UserData{Name: "Nothing"}, want: "Nothing=-"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := base
			e.Data, e.UserData = tc.data, tc.user
			rec := one(t, e)
			var names, rest []string
			for i, v := range rec.Values(nil) {
				f := rec.Shape().Fields()[i]
				if f.Section == evtx.System {
					names = append(names, f.Name)
					continue
				}
				if want := evtx.EventData; tc.user != nil && f.Section != evtx.UserData || tc.user == nil && f.Section != want {
					t.Errorf("%s is in section %d", f.Name, f.Section)
				}
				text := "-"
				if v.Text != nil {
					text = string(v.Text)
				}
				rest = append(rest, f.Name+"="+text)
			}
			if !slices.Equal(names, system) || strings.Join(rest, " ") != tc.want {
				t.Errorf("got %q, %q; want %q", names, rest, tc.want)
			}
			if rec.Shape().EventID() != 7 || rec.Shape().Channel() != "C" || rec.Shape().Provider() != "P" {
				t.Errorf("shape of %d, %s, %s", rec.Shape().EventID(), rec.Shape().Channel(), rec.Shape().Provider())
			}
		})
	}
}

func TestShape_Const(t *testing.T) {
	t.Parallel()
	rec := one(t, evtxwrite.Event{Provider: "P", Channel: "Ch", EventID: 7, Computer: "c", Data: []evtxwrite.Data{{Name: "n", Value: "x"}}})
	want := map[string]string{"Provider_Name": "P", "Channel": "Ch", "EventID": "7", "Computer": "-", "n": "-"}
	for name, text := range want {
		v, ok := rec.Shape().Const(rec.Shape().Lookup(name))
		if ok != (text != "-") || ok && string(v.Text) != text {
			t.Errorf("%s: %q, %v", name, v.Text, ok)
		}
	}
	if rec.Shape().Lookup("nothing") != -1 {
		t.Error("a name that is not there was found")
	}
	if _, ok := rec.Field("nothing"); ok {
		t.Error("a field that is not there was found")
	}
}

// The event's own time is told from the time of writing, whatever type it has.
func TestRecord_Time(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 10, 31, 6, 38, 0, 123456700, time.UTC)
	for _, inline := range []bool{false, true} {
		rec := one(t, evtxwrite.Event{Provider: "P", Time: at, Inline: inline})
		if !rec.Time().Equal(at) || !rec.Written().Equal(at) {
			t.Errorf("inline %v: %v, written %v", inline, rec.Time(), rec.Written())
		}
	}
	rec, _ := first(t, bodies(t, func(x *bx) { x.open("Event", false, false).raw(3).raw(0) }))
	if want := time.Unix(1e9, 0); !rec.Time().Equal(want) {
		t.Errorf("without a time of its own: %v", rec.Time())
	}
	rec, _ = first(t, bodies(t, func(x *bx) {
		x.open("Event", false, false).close().open("System", false, false).close()
		x.open("TimeCreated", false, true).attr("SystemTime").text("yesterday").raw(3).end().end()
	}))
	if want := time.Unix(1e9, 0); !rec.Time().Equal(want) {
		t.Errorf("with a time that is none: %v", rec.Time())
	}
}

// What is selected is what Values gives, whatever the order.
func TestRecord_Select(t *testing.T) {
	t.Parallel()
	r := evtx.NewReader(bytes.NewReader(evtxtest.Mixed(t, 32)), evtx.Options{})
	var some []evtx.Value
	for r.Next() {
		all := r.Record().Values(nil)
		want := rand.New(rand.NewPCG(1, r.Record().Number())).Perm(len(all))[:len(all)/2]
		some = r.Record().Select(some, want)
		for i, f := range want {
			if !bytes.Equal(some[i].Text, all[f].Text) || !bytes.Equal(some[i].Lower, all[f].Lower) {
				t.Errorf("field %d: %q, want %q", f, some[i].Text, all[f].Text)
			}
		}
	}
}

// Texts are those that the standard library makes, in every mix of ASCII and
// other characters, and behind each lower-cased one stand zeros.
func TestValues_AnyText(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(7, 7))
	alphabet := []rune("abcXYZ019\\:.-_ÄäßİıſKȺ®給食サーバＡａ😀𐐀\x00\uFFFD")
	for range 100 {
		var fields []evtxwrite.Data
		for i := range 60 {
			text := make([]rune, rnd.IntN(40))
			for k := range text {
				if text[k] = alphabet[rnd.IntN(len(alphabet))]; rnd.IntN(4) > 0 {
					text[k] = rune(' ' + rnd.IntN(95))
				}
			}
			fields = append(fields, evtxwrite.Data{Name: fmt.Sprint("f", i), Value: strings.TrimRight(string(text), "\x00")})
		}
		rec := one(t, evtxwrite.Event{Provider: "P", Data: fields})
		vs := rec.Values(nil)
		var parsed struct {
			Event struct{ EventData map[string]string }
		}
		if err := json.Unmarshal(rec.AppendJSON(nil), &parsed); err != nil {
			t.Fatal(err)
		}
		for i, f := range fields {
			if got := parsed.Event.EventData[f.Name]; got != f.Value {
				t.Errorf("json %q, want %q", got, f.Value)
			}
			checkText(t, f.Value.(string), vs[len(vs)-len(fields)+i])
		}
	}
}

func checkText(t *testing.T, want string, v evtx.Value) {
	t.Helper()
	lower := strings.Map(unicode.ToLower, want)
	if string(v.Text) != want || string(v.Lower) != lower {
		t.Errorf("got %q, %q; want %q, %q", v.Text, v.Lower, want, lower)
	}
	if pad := v.Lower[:len(v.Lower)+evtx.Pad][len(v.Lower):]; !bytes.Equal(pad, make([]byte, evtx.Pad)) {
		t.Errorf("behind %q stands %q", v.Lower, pad)
	}
}

// Every value of every real and made record has its padding, null ones too.
func TestValues_Padding(t *testing.T) {
	t.Parallel()
	r := evtx.NewReader(bytes.NewReader(evtxtest.Mixed(t, 64)), evtx.Options{})
	for r.Next() {
		for i, v := range r.Record().Values(nil) {
			if pad := v.Lower[:len(v.Lower)+evtx.Pad][len(v.Lower):]; !bytes.Equal(pad, make([]byte, evtx.Pad)) {
				t.Errorf("%s: behind %q stands %q", r.Record().Shape().Fields()[i].Name, v.Lower, pad)
			}
			if want := strings.Map(unicode.ToLower, string(v.Text)); string(v.Lower) != want {
				t.Errorf("%q, want %q", v.Lower, want)
			}
		}
	}
}
