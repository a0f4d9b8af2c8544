package index

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/japanese"

	"github.com/torideproject/toride/internal/chart/source"
)

// Messages hold codes of wards: the hospital's list gives them names, wherever a
// ward is shown, and a name that a source brings stays.
func TestWardNames(t *testing.T) {
	t.Parallel()
	const list = "病棟コード,病棟名\r\n3W,３階西病棟\r\n,名だけ\r\n4E\r\nICU,集中治療室\r\nICU,救命救急センター\r\n"
	jis, err := japanese.ShiftJIS.NewEncoder().String(list)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{"utf-8": list, "bom": "\ufeff" + list, "cp932": jis, "tabs": strings.ReplaceAll(list, ",", "\t")} {
		wards, err := WardNames(t.Context(), "wards.csv", []byte(data))
		if err != nil || wards["3W"] != "３階西病棟" || wards["ICU"] != "救命救急センター" || wards[""] != "" || wards["4E"] != "" {
			t.Errorf("%s: %v %v", name, wards, err)
		}
	}
	a, b, c := person("101", "森 優", "モリ ユウ", "19600101"), person("102", "林 優", "ハヤシ ユウ", "19700707"), person("103", "原 優", "ハラ ユウ", "19700808")
	a.Stay, b.Stay, c.Stay = &source.Bed{Ward: "3W", Room: "301"}, &source.Bed{Ward: "ICU", WardName: "ICU本館"}, &source.Bed{Ward: "9"}
	ix := built(newFake("s1", []source.Entry{a, b, c}))
	dir := t.TempDir()
	writeWards(t, dir, "3W,3階西病棟\nICU,集中治療室\n", 0)
	ix.cfg.Wards = OpenWards(t.Context(), dir, slog.New(slog.DiscardHandler))
	got := map[string]string{}
	for _, w := range ix.Wards() {
		got[w.Code] = w.Name
	}
	if got["3W"] != "3階西病棟" || got["ICU"] != "ICU本館" || got["9"] != "" {
		t.Errorf("%v", got)
	}
	hit, _ := ix.Patient("s1", "101")
	for _, h := range []Hit{hit, ix.Ward("3W")[0], ix.Search(Query{Text: "101"}).Hits[0], ix.Search(Query{Ward: "3W"}).Hits[0]} {
		if h.Bed == nil || h.Bed.WardName != "3階西病棟" {
			t.Errorf("%+v", h.Bed)
		}
	}
	if h := ix.Ward("ICU")[0]; h.Bed.WardName != "ICU本館" {
		t.Errorf("%+v", h.Bed)
	}
}

// writeWards puts a list of wards into a folder, as if it had been written so many
// minutes after midnight.
func writeWards(t *testing.T, dir, data string, minute int) {
	t.Helper()
	path := filepath.Join(dir, WardList)
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 2, 0, minute, 0, 0, time.UTC)
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

// The list is read again when it changed; a bad one keeps the names that were
// there and says so once, until it is mended; one that went takes its names along.
func TestWardBook_ReadAgainWhenItChanged(t *testing.T) {
	t.Parallel()
	dir, out := t.TempDir(), &bytes.Buffer{}
	b := OpenWards(t.Context(), dir, slog.New(slog.NewTextHandler(out, nil)))
	for i, step := range []struct {
		change func()
		name   string
		bad    bool
	}{
		{func() {}, "", false},
		{func() { writeWards(t, dir, "3W,西病棟\n", 1) }, "西病棟", false},
		{func() { writeWards(t, dir, "3W,東病棟\n", 2) }, "東病棟", false},
		{func() { writeWards(t, dir, "3W,南病棟\n", 2) }, "東病棟", false}, // neither time nor size tell
		{func() { writeWards(t, dir, "\x00\x01\x02\x00\xff\xfe\x00", 3) }, "東病棟", true},
		{func() { writeWards(t, dir, "", 4) }, "東病棟", true},
		{func() { writeWards(t, dir, "3W\n4E\n", 5) }, "東病棟", true},
		{func() {}, "東病棟", true},
		{func() { writeWards(t, dir, "3W,北病棟\n", 6) }, "北病棟", false},
		{func() { _ = os.Remove(b.path); _ = os.Mkdir(b.path, 0o700) }, "北病棟", true},
		{func() { _ = os.Remove(b.path); writeWards(t, dir, "3W,北病棟\n", 6) }, "北病棟", false},
		{func() { _ = os.Remove(b.path) }, "", false},
	} {
		step.change()
		b.Look(t.Context())
		of, err := b.Fault()
		if got := b.Name("3W"); got != step.name || (err != nil) != step.bad {
			t.Errorf("step %d: %q %v", i, got, err)
		}
		if step.bad && of.IsZero() {
			t.Errorf("step %d: it does not say of when the names are", i)
		}
	}
	if n := strings.Count(out.String(), "level=WARN"); n != 4 {
		t.Errorf("%d warnings for 4 bad lists:\n%s", n, out)
	}
	if none := (*WardBook)(nil); none.Name("3W") != "" {
		t.Error("no book has a name")
	}
}
