package incident

import (
	"testing"
	"time"
)

// Whatever stands in a stored body, reading and folding it never panics and
// never loses the record.
func FuzzDecodeFold(f *testing.F) {
	f.Add("task", `{"id":"t","phase":"respond","act":"update","object":"o","after":5}`)
	f.Add("task.done", `{"task":"t"}`)
	f.Add("custody", `{"evidence":"none","to":"x"}`)
	f.Add("fact", `{"answers":null,"people":-1}`)
	f.Add("fact.withdraw", `{}`)
	f.Add("care", `{"service":"none"}`)
	f.Add("later-kind", `[]`)
	f.Add("zero", `null`)
	f.Fuzz(func(t *testing.T, kind, body string) {
		b, err := decode(RecordKind(kind), []byte(body))
		if err != nil {
			return
		}
		at := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
		records := []Record{{Seq: 1, Kind: KindDeclared, At: at, Entered: at, Body: &Declared{Kind: Cyber}},
			{Seq: 2, Kind: RecordKind(kind), At: at, Entered: at, Body: b}}
		in, err := Fold("id", records)
		if err != nil {
			t.Fatal(err)
		}
		if len(in.Records) != 2 {
			t.Errorf("%d records", len(in.Records))
		}
		_ = in.NextTasks(7)
		for _, task := range in.Tasks {
			_ = in.Held(task)
		}
	})
}

func TestFold_NeedsDeclaration(t *testing.T) {
	t.Parallel()
	for name, records := range map[string][]Record{"none": nil, "other first": {{Body: &Entry{Text: "x"}}}} {
		if _, err := Fold("id", records); err == nil {
			t.Errorf("%s: folded", name)
		}
	}
}

// A record of a kind that a later version wrote is kept and shown, not lost.
func TestDecode_UnknownKind(t *testing.T) {
	t.Parallel()
	body, err := decode("from-the-future", []byte(`{"a":1}`))
	if err != nil || body != nil {
		t.Errorf("got %v, %v", body, err)
	}
	if _, err := decode(KindTask, []byte(`{`)); err == nil {
		t.Error("a broken body was read")
	}
}
