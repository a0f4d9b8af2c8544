package shelf

import (
	"context"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
)

// someone is a store of one patient with one allergy.
func someone(number, name, kana, birth, allergy string) *stick {
	msg := "MSH|^~\\&|HIS|S|GW|R|20251003120000||ADT^A08^ADT_A01|1|P|2.5||||||UNICODE UTF-8\rEVN||20251003\r" +
		"PID|0001||" + number + "^^^^PI||" + name + "^^^^^L^I~" + kana + "^^^^^L^P||" + birth + "|F\rPV1|0001|N\rAL1|1|DA^薬剤^HL70127|1^" + allergy + "^99XYZ\r"
	at := "2299999999/" + number[:3] + "/" + number[3:6] + "/" + number + "/-/ADT-00/" + number + "_-_ADT-00_999999999999999_20251003120000000_-_1"
	return &stick{fsys: fstest.MapFS{at: {Data: []byte(msg)}}}
}

// Two roots may give one number to two people: the chart is that of one of them,
// and says whose record it leaves out. What may be one person stays together.
func TestRead_NeverMergesTwoPeople(t *testing.T) {
	t.Parallel()
	const hanako = "砦^花子"
	for name, x := range map[string]struct {
		second      *stick
		ask         string
		allergies   []string
		left, shown string // the root that is left out, and whose chart it is
	}{
		"the same person":        {someone("0000000012", "砦　花子", "トリデ^ハナコ", "19500102", "卵"), "0000000012", []string{"ペニシリン", "卵"}, "", "砦　花子"},
		"married":                {someone("0000000012", "見本^花子", "ミホン^ハナコ", "19500102", "卵"), "0000000012", []string{"ペニシリン", "卵"}, "", "砦　花子"},
		"another person":         {someone("0000000012", "見本^太郎", "ミホン^タロウ", "19800203", "卵"), "0000000012", []string{"ペニシリン"}, "b", "砦　花子"},
		"another, fewer zeros":   {someone("00000012", "見本^太郎", "ミホン^タロウ", "19800203", "卵"), "0000000012", []string{"ペニシリン"}, "b", "砦　花子"},
		"another, as it writes":  {someone("00000012", "見本^太郎", "ミホン^タロウ", "19800203", "卵"), "00000012", []string{"卵"}, "a", "見本　太郎"},
		"perhaps, fewer zeros":   {someone("00000012", "砦^花子", "トリデ^ハナコ", "19500103", "卵"), "0000000012", []string{"ペニシリン"}, "b", "砦　花子"},
		"the same, fewer zeros":  {someone("00000012", "砦^花子", "トリデ^ハナコ", "19500102", "卵"), "00000012", []string{"ペニシリン", "卵"}, "", "砦　花子"},
		"nobody says who he is":  {someone("0000000012", "", "", "", "卵"), "0000000012", []string{"ペニシリン", "卵"}, "", "砦　花子"},
		"the other has no birth": {someone("0000000012", "見本^太郎", "ミホン^タロウ", "", "卵"), "0000000012", []string{"ペニシリン", "卵"}, "", "砦　花子"},
	} {
		a := someone("0000000012", hanako, "トリデ^ハナコ", "19500102", "ペニシリン")
		s := open(t, Config{Roots: []string{"a", "b"}, open: sticks(map[string]*stick{"a": a, "b": x.second}), CacheBytes: -1})
		for _, only := range [][]model.Part{nil, {model.Allergies}} {
			c, err := s.Read(context.Background(), x.ask, source.Want{Only: only})
			if err != nil {
				t.Fatal(name, err)
			}
			var got []string
			for _, al := range c.Allergies.Rows {
				got = append(got, al.Allergen.Show)
			}
			slices.Sort(got)
			slices.Sort(x.allergies)
			if !slices.Equal(got, x.allergies) || len(c.Items) != len(x.allergies) || c.Person.Kanji.Show != x.shown {
				t.Errorf("%s: %q shows %v in %d items", name, c.Person.Kanji.Show, got, len(c.Items))
			}
			left := ""
			for _, n := range c.Notices {
				if n.Code == "patient.other_root" && n.Level == model.Danger && len(n.Args) == 4 {
					left += n.Args[0]
				}
			}
			if left != x.left || len(c.Stores) != 2 {
				t.Errorf("%s: %q is left out, notices %+v", name, left, c.Notices)
			}
		}
	}
}

// A copy that does not know the patient says nothing of what he has.
func TestPresent(t *testing.T) {
	t.Parallel()
	chart := func(items int, absent, failed bool, state model.State) *model.Chart {
		c := &model.Chart{ID: "1", Items: make([]model.Item, items), Stores: []model.Store{{Absent: absent, Failed: failed}}}
		c.Allergies.State, c.Labs.State = state, state
		return c
	}
	mine, other := chart(1, false, false, model.NotStored), chart(0, true, false, model.NoRecord)
	for name, x := range map[string]struct {
		in   []*model.Chart
		want model.State
	}{
		"only the other stores it": {[]*model.Chart{mine, other}, model.NotStored},
		"the other way round":      {[]*model.Chart{other, mine}, model.NotStored},
		"mine stores it too":       {[]*model.Chart{chart(1, false, false, model.NoRecord), other}, model.NoRecord},
		"mine is being counted":    {[]*model.Chart{chart(1, false, false, model.Unknown), other}, model.Unknown},
		"the other is away":        {[]*model.Chart{mine, chart(0, true, true, model.NoRecord)}, model.NoRecord},
		"nobody knows the patient": {[]*model.Chart{other, chart(0, true, false, model.NotStored)}, model.NoRecord},
	} {
		if c := model.Merge(present(x.in)...); c.Allergies.State != x.want || c.Labs.State != x.want {
			t.Errorf("%s: %q, %q", name, c.Allergies.State, c.Labs.State)
		}
	}
	if other.Allergies.State != model.NoRecord {
		t.Error("a chart that others share was changed")
	}
}
