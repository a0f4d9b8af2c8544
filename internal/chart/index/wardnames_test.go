package index

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

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
	dir := t.TempDir()
	if wards, err := WardNamesIn(t.Context(), dir); err != nil || len(wards) != 0 {
		t.Errorf("without a list: %v %v", wards, err)
	}
	if err := os.WriteFile(filepath.Join(dir, WardList), []byte(jis), 0o600); err != nil {
		t.Fatal(err)
	}
	if wards, err := WardNamesIn(t.Context(), dir); err != nil || wards["3W"] != "３階西病棟" {
		t.Errorf("%v %v", wards, err)
	}
	a, b, c := person("101", "森 優", "モリ ユウ", "19600101"), person("102", "林 優", "ハヤシ ユウ", "19700707"), person("103", "原 優", "ハラ ユウ", "19700808")
	a.Stay, b.Stay, c.Stay = &source.Bed{Ward: "3W", Room: "301"}, &source.Bed{Ward: "ICU", WardName: "ICU本館"}, &source.Bed{Ward: "9"}
	ix := built(newFake("s1", []source.Entry{a, b, c}))
	ix.cfg.Wards = map[string]string{"3W": "3階西病棟", "ICU": "集中治療室"}
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
