package evtx_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/torideproject/toride/evtx"
	"github.com/torideproject/toride/evtx/evtxtest"
	"github.com/torideproject/toride/evtx/evtxwrite"
)

// valueCase is one value and how it is written as field, JSON and XML.
type valueCase struct {
	name  string
	value any
	text  string
	json  string // "": text in quotes
	xml   string // "": text
	null  bool
}

func raw(typ byte, b ...byte) evtxwrite.Raw { return evtxwrite.Raw{Type: typ, Bytes: b} }

func units(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

const (
	guid     = "00112233-4455-6677-8899-AABBCCDDEEFF"
	fileTime = "2026-10-31T06:38:00.123456"
)

func valueCases() []valueCase {
	sid := []byte{1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0}
	at := time.Date(2026, 10, 31, 6, 38, 0, 123456700, time.UTC)
	sys := raw(0x12, 0xEA, 7, 10, 0, 6, 0, 31, 0, 6, 0, 38, 0, 0, 0, 123, 0)
	return []valueCase{
		{name: "null", value: nil, null: true, json: "null", xml: "-"},
		{name: "null with bytes", value: raw(0, 1, 2, 3), null: true, json: "null", xml: "-"},
		{name: "string", value: "C:\\Windows\\System32", json: `"C:\\Windows\\System32"`},
		{name: "string empty", value: ""},
		{name: "string with NUL behind", value: raw(1, append(units("abc"), 0, 0, 0, 0)...), text: "abc"},
		{name: "string of odd size", value: raw(1, append(units("abc"), 'd')...), text: "abc"},
		{name: "Japanese", value: "給食サーバ Ａ１ｶﾅ髙"},
		{name: "emoji", value: "a😀b"},
		{name: "half surrogate", value: raw(1, 0x3d, 0xd8, 'x', 0), text: "\uFFFDx"},
		{name: "surrogate at the end", value: raw(1, 'x', 0, 0x3d, 0xd8), text: "x\uFFFD"},
		{name: "control", value: "a\x01\"\t\n<&>'", json: `"a\u0001\"\t\n<&>'"`, xml: "a\uFFFD\"\t\n&lt;&amp;&gt;'"},
		{name: "NUL inside", value: raw(1, 'a', 0, 0, 0, 'b', 0), text: "a\x00b", json: `"a\u0000b"`, xml: "a\uFFFDb"},
		{name: "ANSI", value: raw(2, 'c', 'm', 'd', 0, 0), text: "cmd"},
		{name: "ANSI Japanese", value: raw(2, 0x8b, 0x8b, 0x90, 0x48), text: "給食"},
		{name: "ANSI Western", value: raw(2, 'M', 0xfc, 'l', 'l', 0xe9, 0xff), text: "Mülléÿ", xml: "-"},
		{name: "int8", value: int8(-128), text: "-128", json: "-128"},
		{name: "uint8", value: uint8(255), text: "255", json: "255"},
		{name: "int16", value: int16(-32768), text: "-32768", json: "-32768"},
		{name: "uint16", value: uint16(65535), text: "65535", json: "65535"},
		{name: "int32", value: int32(math.MinInt32), text: "-2147483648", json: "-2147483648"},
		{name: "uint32", value: uint32(math.MaxUint32), text: "4294967295", json: "4294967295"},
		{name: "int64", value: int64(math.MinInt64), text: "-9223372036854775808", json: "-9223372036854775808"},
		{name: "uint64", value: uint64(math.MaxUint64), text: "18446744073709551615", json: "18446744073709551615"},
		{name: "real32", value: float32(1.5), text: "1.5", json: "1.5"},
		{name: "real64", value: 3199.234, text: "3199.234", json: "3199.234"},
		{name: "not a number", value: math.NaN(), text: "NaN"},
		{name: "infinite", value: math.Inf(-1), text: "-Inf"},
		{name: "true", value: true, text: "true", json: "true"},
		{name: "false", value: false, text: "false", json: "false"},
		{name: "binary", value: []byte{0xde, 0xad, 0x01}, text: "DEAD01"},
		{name: "binary empty", value: []byte{}},
		{name: "guid", value: evtxwrite.GUID(guid), text: guid, xml: "{" + strings.ToLower(guid) + "}"},
		{name: "size 32", value: raw(0x10, 0xff, 1, 0, 0), text: "0x1ff"},
		{name: "size 64", value: raw(0x10, 0xff, 1, 0, 0, 1, 0, 0, 0), text: "0x1000001ff"},
		{name: "filetime", value: at, text: fileTime + "Z", xml: fileTime + "7Z"},
		{name: "filetime zero", value: raw(0x11, 0, 0, 0, 0, 0, 0, 0, 0), text: "1601-01-01T00:00:00.000000Z", xml: "1601-01-01T00:00:00.0000000Z"},
		{name: "filetime last", value: raw(0x11, 255, 255, 255, 255, 255, 255, 255, 255), text: "60056-05-28T05:36:10.955161Z", xml: "60056-05-28T05:36:10.9551615Z"},
		{name: "systime", value: sys, text: "2026-10-31T06:38:00.123000Z", xml: "2026-10-31T06:38:00.123Z"},
		{name: "sid", value: evtxwrite.Raw{Type: 0x13, Bytes: sid}, text: "S-1-5-32-544"},
		{name: "sid with a large authority", value: raw(0x13, 1, 0, 1, 0, 0, 0, 0, 5), text: "S-1-0x10000000005"},
		{name: "sid cut", value: raw(0x13, 1, 9, 0, 0, 0, 0, 0, 5, 1, 0, 0, 0), text: "010900000000000501000000"},
		{name: "hex32", value: evtxwrite.Hex32(0xC000006D), text: "0xc000006d"},
		{name: "hex32 zero", value: evtxwrite.Hex32(0), text: "0x0"},
		{name: "hex64", value: evtxwrite.Hex64(0x8020000000000000), text: "0x8020000000000000"},
		{name: "hex64 small", value: evtxwrite.Hex64(0x3e7), text: "0x3e7"},
		{name: "hex64 middle", value: evtxwrite.Hex64(0x100000000), text: "0x100000000"},
		{name: "handle", value: raw(0x20, 1, 0, 0, 0), text: "0x1"},
		{name: "xml", value: evtxwrite.Raw{Type: 0x23, Bytes: units("<a/>")}, text: "<a/>", json: `"<a/>"`, xml: "&lt;a/&gt;"},
		{name: "unknown type", value: raw(0x7f, 1, 0xab), text: "01AB"},
		{name: "number cut", value: raw(0x08, 1, 2), text: "0102"},
		{name: "number of nothing", value: raw(0x08), json: "null"},
		{name: "number too large", value: raw(0x06, 1, 0, 9, 9), text: "1", json: "1"},
		{name: "guid cut", value: raw(0x0f, 1, 2, 3), text: "010203"},
		{name: "strings", value: []string{"one", "", "二"}, text: "one\n\n二", json: `["one","","二"]`, xml: "-"},
		{name: "string array without end", value: evtxwrite.Raw{Type: 0x81, Bytes: units("ab")}, text: "ab", json: `["ab"]`, xml: "ab"},
		{name: "ANSI array", value: raw(0x82, 'a', 0, 'b', 0), text: "a\nb", json: `["a","b"]`, xml: "-"},
		{name: "int8 array", value: raw(0x83, 0x80, 1), text: "-128\n1", json: "[-128,1]", xml: "-"},
		{name: "uint16 array", value: raw(0x86, 1, 0, 2, 0, 3), text: "1\n2\n03", json: `[1,2,"03"]`, xml: "-"},
		{name: "uint32 array", value: raw(0x88, 1, 0, 0, 0, 2, 0, 0, 0), text: "1\n2", json: "[1,2]", xml: "-"},
		{name: "sid array", value: evtxwrite.Raw{Type: 0x93, Bytes: append(append([]byte{}, sid...), sid...)}, text: "S-1-5-32-544\nS-1-5-32-544", json: `["S-1-5-32-544","S-1-5-32-544"]`, xml: "-"},
		{name: "hex64 array", value: raw(0x95, 1, 0, 0, 0, 0, 0, 0, 0), text: "0x1", json: `["0x1"]`, xml: "0x1"},
		{name: "binary array", value: raw(0x8e, 1, 2), text: "0102", json: `["0102"]`, xml: "0102"},
		{name: "array of nothing", value: raw(0x88), json: "[]", xml: ""},
	}
}

func TestRecord_AllTypes(t *testing.T) {
	t.Parallel()
	for _, tc := range valueCases() {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := evtxtest.File(t, evtxwrite.Event{Provider: "P", Channel: "C", EventID: 1, Data: []evtxwrite.Data{{Name: "V", Value: tc.value}}})
			r := evtx.NewReader(bytes.NewReader(b), evtx.Options{})
			if !r.Next() {
				t.Fatal(r.Err(), r.Damage())
			}
			checkValue(t, r.Record(), tc)
			if r.Next() || len(r.Damage()) > 0 {
				t.Error(r.Damage())
			}
		})
	}
}

func checkValue(t *testing.T, rec *evtx.Record, tc valueCase) {
	t.Helper()
	if tc.text == "" {
		if s, ok := tc.value.(string); ok {
			tc.text = s
		}
	}
	got, ok := rec.Field("V")
	if ok == tc.null || string(got) != tc.text {
		t.Errorf("field: %q, %v; want %q", got, ok, tc.text)
	}
	vs := rec.Values(nil)
	v := vs[rec.Shape().Lookup("V")]
	if want := strings.ToLower(tc.text); string(v.Text) != tc.text || string(v.Lower) != want {
		t.Errorf("value: %q, lower %q; want %q, %q", v.Text, v.Lower, tc.text, want)
	}
	if tc.json == "" {
		q, _ := json.Marshal(tc.text)
		tc.json = string(q)
	}
	line := string(rec.AppendJSON(nil))
	if !strings.Contains(line, `"V":`+tc.json+`}`) || !json.Valid([]byte(line)) {
		t.Errorf("json: %s; want %s", line, tc.json)
	}
	doc := rec.AppendXML(nil)
	if err := wellFormed(doc); err != nil {
		t.Errorf("xml: %v: %s", err, doc)
	}
	if tc.xml == "" {
		tc.xml = tc.text
	}
	want := "<Data Name='V'>" + tc.xml + "</Data></EventData>"
	if tc.xml == "" {
		want = "<Data Name='V'/></EventData>"
	}
	if tc.xml != "-" && !strings.Contains(string(doc), want) {
		t.Errorf("xml: %s; want %s", doc, want)
	}
}

// An array gives an element for each of its values, as Windows shows it.
func TestAppendXML_Arrays(t *testing.T) {
	t.Parallel()
	b := evtxtest.File(t, evtxwrite.Event{Provider: "P", Data: []evtxwrite.Data{{Value: []string{"one", "二"}}, {Name: "N", Value: []string{"x", "y"}}}})
	r := evtx.NewReader(bytes.NewReader(b), evtx.Options{})
	r.Next()
	const want = "<EventData><Data>one</Data><Data>二</Data><Data Name='N'>x</Data><Data Name='N'>y</Data></EventData>"
	if got := string(r.Record().AppendXML(nil)); !strings.Contains(got, want) {
		t.Errorf("got %s", got)
	}
	if got := string(r.Record().AppendJSON(nil)); !strings.Contains(got, `"EventData":{"Data":{"#text":["one","二"]},"N":["x","y"]}`) {
		t.Errorf("got %s", got)
	}
}

func TestRecord_ANSIEncodingIsAChoice(t *testing.T) {
	t.Parallel()
	b := evtxtest.File(t, evtxwrite.Event{Provider: "P", Data: []evtxwrite.Data{{Name: "V", Value: raw(2, 0xcf, 0xf0, 0xe8)}}})
	r := evtx.NewReader(bytes.NewReader(b), evtx.Options{ANSI: cp1251()})
	r.Next()
	if got, _ := r.Record().Field("V"); string(got) != "При" {
		t.Errorf("got %q", got)
	}
}

// A caller that does not search saves the lower-cased copies.
func TestRecord_NoLower(t *testing.T) {
	t.Parallel()
	r := evtx.NewReader(bytes.NewReader(evtxtest.Mixed(t, 16)), evtx.Options{NoLower: true})
	both := evtx.NewReader(bytes.NewReader(evtxtest.Mixed(t, 16)), evtx.Options{})
	for r.Next() && both.Next() {
		vs := r.Record().Values(nil)
		for i, v := range both.Record().Values(nil) {
			if !bytes.Equal(v.Text, vs[i].Text) || (v.Text == nil) != (vs[i].Text == nil) {
				t.Errorf("%s: %q, without lower %q", r.Record().Shape().Fields()[i].Name, v.Text, vs[i].Text)
			}
		}
	}
}
