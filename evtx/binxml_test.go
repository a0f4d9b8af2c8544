package evtx_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/evtx"
	"github.com/torideproject/toride/evtx/evtxwrite"
)

// bx writes binary XML token by token, so that tests can write what no
// Windows would. Offsets in a chunk need the place where it will stand.
type bx struct {
	b  []byte
	at int
}

func (x *bx) raw(b ...byte) *bx { x.b = append(x.b, b...); return x }
func (x *bx) u16(n int) *bx     { x.b = binary.LittleEndian.AppendUint16(x.b, uint16(n)); return x }
func (x *bx) u32(n int) *bx     { x.b = binary.LittleEndian.AppendUint32(x.b, uint32(n)); return x }
func (x *bx) here() int         { return x.at + len(x.b) }
func (x *bx) header() *bx       { return x.raw(0x0f, 1, 1, 0) }
func (x *bx) counted(s string) *bx {
	u := units(s)
	return x.u16(len(u) / 2).raw(u...)
}

// name points to a name right behind the pointer.
func (x *bx) name(s string) *bx { return x.u32(x.here() + 4).u32(0).u16(0).counted(s).u16(0) }

// open begins an element; with attributes, an attribute list must follow.
func (x *bx) open(name string, dep, attrs bool) *bx {
	tok := byte(1)
	if attrs {
		tok = 0x41
	}
	if x.raw(tok); dep {
		x.u16(0xffff)
	}
	if x.u32(0).name(name); attrs {
		x.u32(0)
	}
	return x
}
func (x *bx) attr(name string) *bx  { return x.raw(6).name(name) }
func (x *bx) close() *bx            { return x.raw(2) }
func (x *bx) end() *bx              { return x.raw(4) }
func (x *bx) text(s string) *bx     { return x.raw(5, 1).counted(s) }
func (x *bx) sub(i int, t byte) *bx { return x.raw(0x0d).u16(i).raw(t) }

// template writes an instance with its definition in place; body writes the
// definition's tokens.
func (x *bx) template(guid byte, body func(x *bx)) *bx {
	x.raw(0x0c, 1).u32(int(guid)).u32(x.here() + 4).u32(0)
	x.raw(bytes.Repeat([]byte{guid}, 16)...)
	size := len(x.b)
	x.u32(0)
	body(x)
	binary.LittleEndian.PutUint32(x.b[size:], uint32(len(x.b)-size-4))
	return x
}

// values writes the values of an instance.
func (x *bx) values(vs ...evtxwrite.Raw) *bx {
	x.u32(len(vs))
	for _, v := range vs {
		x.u16(len(v.Bytes)).raw(v.Type, 0)
	}
	for _, v := range vs {
		x.raw(v.Bytes...)
	}
	return x
}

// bodies writes a file of records with the given bodies.
func bodies(t testing.TB, fs ...func(x *bx)) []byte {
	t.Helper()
	w := evtxwrite.New()
	for _, f := range fs {
		err := w.AddBody(time.Unix(1e9, 0), func(at uint32) []byte {
			x := &bx{at: int(at)}
			f(x)
			return x.b
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return w.Bytes()
}

// first reads the first record of a file.
func first(t testing.TB, b []byte) (*evtx.Record, *evtx.Reader) {
	t.Helper()
	r := evtx.NewReader(bytes.NewReader(b), evtx.Options{})
	if !r.Next() {
		t.Fatal("no record", r.Err(), r.Damage())
	}
	return r.Record(), r
}

// everything writes each token once, below Event/EventData.
func everything(dep bool) func(x *bx) {
	return func(x *bx) {
		x.header().open("Event", dep, false).close().open("EventData", dep, false).close()
		x.open("Data", dep, true).raw(0x46).name("Name").text("mixed").attr("Type").text("win:").raw(0x49).name("amp").close()
		x.text("a").raw(0x08, 0x42, 0x30).raw(0x09).name("lt").raw(0x09).name("gt").raw(0x09).name("quot").raw(0x09).name("apos")
		x.raw(0x49).name("other").raw(0x07).counted("c<d").raw(0x48, 0, 0xd8).end()
		x.raw(0x0a).name("target").raw(0x0b).counted("pi data")
		x.open("Empty", dep, false).raw(3).end().end().raw(0)
	}
}

func TestRecord_AllTokens(t *testing.T) {
	t.Parallel()
	for _, dep := range []bool{false, true} {
		rec, r := first(t, bodies(t, everything(dep)))
		const text = "aあ<>\"'&other;c<d\uFFFD"
		if got, _ := rec.Field("mixed"); string(got) != text {
			t.Errorf("dependency identifiers %v: text %q; %v", dep, got, r.Damage())
		}
		if got, _ := rec.Field("mixed_Type"); string(got) != "win:&" {
			t.Errorf("attribute %q", got)
		}
		const wantXML = "<Event><EventData><Data Name='mixed' Type='win:&amp;'>aあ&lt;&gt;\"'&amp;other;c&lt;d\uFFFD</Data>" +
			"<?target pi data?><Empty/></EventData></Event>"
		if got := string(rec.AppendXML(nil)); got != wantXML {
			t.Errorf("xml %s", got)
		}
		const wantJSON = `{"Event":{"EventData":{"mixed":{"#attributes":{"Type":"win:&"},"#text":"aあ<>\"'&other;c<d` + "\uFFFD" + `"},"Empty":null}}}`
		if got := string(rec.AppendJSON(nil)); got != wantJSON {
			t.Errorf("json %s", got)
		}
	}
}

// nestedBody writes an event whose EventData is a document in a value, with
// or without a template of its own.
func nestedBody(template, dep bool) func(x *bx) {
	return func(x *bx) {
		x.header().template(1, func(x *bx) {
			x.header().open("Event", true, false).close()
			x.open("System", true, false).close().open("EventID", true, false).close().sub(1, 6).end().end()
			x.raw(0x0e).u16(0).raw(0x21).end().raw(0)
		})
		x.u32(2)
		size := len(x.b)
		x.u16(0).raw(0x21, 0).u16(2).raw(6, 0)
		from := len(x.b)
		x.header()
		data := func(x *bx, dep bool) {
			x.open("EventData", dep, false).close().open("Data", dep, true).attr("Name").text("a").close()
		}
		if template {
			x.template(2, func(x *bx) { x.header(); data(x, true); x.sub(0, 1).end().end().raw(0) })
			x.values(evtxwrite.Raw{Type: 1, Bytes: units("inner")})
		} else {
			data(x, dep)
			x.text("inner").end().end().raw(0)
		}
		binary.LittleEndian.PutUint16(x.b[size:], uint16(len(x.b)-from))
		x.u16(4625)
	}
}

func TestRecord_NestedDocuments(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]func(x *bx){
		"template":                            nestedBody(true, true),
		"elements":                            nestedBody(false, false),
		"elements with dependency identifier": nestedBody(false, true),
	} {
		rec, r := first(t, bodies(t, body))
		got, _ := rec.Field("a")
		if string(got) != "inner" || rec.Shape().EventID() != 4625 || rec.Err() != nil {
			t.Errorf("%s: %q, event %d, %v, %v", name, got, rec.Shape().EventID(), rec.Err(), r.Damage())
		}
		if j := string(rec.AppendJSON(nil)); j != `{"Event":{"System":{"EventID":4625},"EventData":{"a":"inner"}}}` {
			t.Errorf("%s: %s", name, j)
		}
	}
}

// An instance of a template may stand among elements that have none.
func TestRecord_InstanceAmongElements(t *testing.T) {
	t.Parallel()
	rec, r := first(t, bodies(t, func(x *bx) {
		x.header().open("Event", false, false).close()
		x.open("System", false, false).close().open("EventID", false, false).close().text("7").end().end()
		x.template(3, func(x *bx) {
			x.open("EventData", true, false).close().open("Data", true, true).attr("Name").text("a").close().sub(0, 8).end().end().raw(0)
		}).values(evtxwrite.Raw{Type: 8, Bytes: []byte{9, 0, 0, 0}})
		x.open("After", false, false).raw(3).end().raw(0)
	}))
	const want = `{"Event":{"System":{"EventID":7},"EventData":{"a":9},"After":null}}`
	if got := string(rec.AppendJSON(nil)); got != want || rec.Err() != nil {
		t.Errorf("%s, %v, %v", got, rec.Err(), r.Damage())
	}
	if got, _ := rec.Field("a"); string(got) != "9" {
		t.Errorf("field %q", got)
	}
}

// A nested document that cannot be read loses itself alone.
func TestRecord_NestedDocumentDamaged(t *testing.T) {
	t.Parallel()
	b := bodies(t, nestedBody(false, false))
	i := bytes.Index(b, units("EventData"))
	b[i-2] = 0xff // the length of the name
	rec, r := first(t, b)
	if rec.Err() == nil || rec.Shape().EventID() != 4625 || rec.Shape().Lookup("a") >= 0 {
		t.Errorf("event %d, %v", rec.Shape().EventID(), rec.Err())
	}
	r.Next()
	if len(r.Damage()) != 2 || r.Damage()[1].Kind != evtx.BadBody || r.Damage()[1].Record != 1 {
		t.Error(r.Damage())
	}
}

// Optional holes take their attribute or element with them where they are
// null; others leave it empty.
func TestAppendXML_OptionalHoles(t *testing.T) {
	t.Parallel()
	rec, _ := first(t, bodies(t, func(x *bx) {
		x.header().template(1, func(x *bx) {
			x.open("Event", true, true).raw(0x46).name("a").raw(0x0e).u16(0).raw(1).attr("b").sub(0, 1).close()
			x.open("X", true, false).close().raw(0x0e).u16(0).raw(1).end()
			x.open("Y", true, false).close().sub(0, 1).end()
			x.open("Z", true, false).close().raw(0x0e).u16(1).raw(1).end().end().raw(0)
		}).values(evtxwrite.Raw{}, evtxwrite.Raw{Type: 1, Bytes: units("z")})
	}))
	if got := string(rec.AppendXML(nil)); got != "<Event b=''><Y/><Z>z</Z></Event>" {
		t.Error(got)
	}
	if got := string(rec.AppendJSON(nil)); got != `{"Event":{"X":null,"Y":null,"Z":"z"}}` {
		t.Error(got)
	}
}

// Names that are no XML names cannot make other XML of a record.
func TestAppendXML_HostileNames(t *testing.T) {
	t.Parallel()
	rec, _ := first(t, bodies(t, func(x *bx) {
		x.open("Event", false, false).close().open("a><b x='", false, true).attr("1'<").text("' y='").close().end().end().raw(0)
	}))
	got := rec.AppendXML(nil)
	if err := wellFormed(got); err != nil || strings.Count(string(got), "<") != 3 {
		t.Errorf("%v: %s", err, got)
	}
}
