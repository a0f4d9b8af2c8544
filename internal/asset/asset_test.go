package asset_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/webtest"
)

func open(t testing.TB) (*asset.Register, *ledger.Book, *ledgertest.Clock) {
	t.Helper()
	clock := ledgertest.NewClock()
	book := ledgertest.BookAt(t, clock)
	reg, err := asset.New(t.Context(), asset.Config{Book: book, Clock: clock.Now, Zone: time.FixedZone("JST", 9*3600)})
	if err != nil {
		t.Fatal(err)
	}
	return reg, book, clock
}

func mustSave[T any](t testing.TB, save func(context.Context, ledger.Actor, T, asset.Source, string) (string, error), v T) string {
	t.Helper()
	id, err := save(t.Context(), ledgertest.Actor(), v, asset.Declared, "")
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestSaveLine_KeepsHistoryOfEveryField(t *testing.T) {
	t.Parallel()
	reg, _, clock := open(t)
	id := mustSave(t, reg.SaveLine, asset.Line{Name: "給食VPN", Kind: asset.VPN, OS: "FortiOS", Version: "5.4.8"})
	l, err := reg.Line(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	clock.Add(time.Hour)
	l.Version = "7.4.8"
	if _, err := reg.SaveLine(t.Context(), ledgertest.Actor(), l, asset.FromFile, "kyushoku.conf 1行"); err != nil {
		t.Fatal(err)
	}
	history, err := reg.History(t.Context(), "line/"+id, 100)
	if err != nil {
		t.Fatal(err)
	}
	first := history[0]
	if len(history) != 5 || first.Field != "version" || first.Old != "5.4.8" || first.New != "7.4.8" || first.Source != asset.FromFile || first.Place != "kyushoku.conf 1行" {
		t.Fatalf("history %+v", history)
	}
	if !first.At.Equal(ledgertest.Start().Add(time.Hour)) {
		t.Errorf("time %v", first.At)
	}
}

func TestSaveLine_SecondWriterIsRefused(t *testing.T) {
	t.Parallel()
	reg, _, clock := open(t)
	id := mustSave(t, reg.SaveLine, asset.Line{Name: "保守回線", Kind: asset.Maker})
	first, err := reg.Line(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	second := first
	clock.Add(time.Minute)
	first.Note = "先に保存"
	mustSave(t, reg.SaveLine, first)
	second.Note = "後から保存"
	_, err = reg.SaveLine(t.Context(), ledgertest.Actor(), second, asset.Declared, "")
	if fault.KindOf(err) != fault.Conflict {
		t.Fatalf("second writer: %v", err)
	}
}

func TestUndo_RestoresOnlyWhatNobodyChangedSince(t *testing.T) {
	t.Parallel()
	reg, _, clock := open(t)
	id := mustSave(t, reg.SaveLine, asset.Line{Name: "回線", Kind: asset.VPN, Place: "3階"})
	l, _ := reg.Line(t.Context(), id)
	clock.Add(time.Minute)
	l.Place, l.Port = "4階", "12番"
	mustSave(t, reg.SaveLine, l)
	history, _ := reg.History(t.Context(), "line/"+id, 10)
	batch := history[0].Batch
	clock.Add(time.Minute)
	l, _ = reg.Line(t.Context(), id)
	l.Port = "13番"
	mustSave(t, reg.SaveLine, l)

	undone, kept, err := reg.Undo(t.Context(), ledgertest.Actor(), "line/"+id, batch)
	if err != nil || undone != 1 || kept != 1 {
		t.Fatalf("undone %d kept %d err %v", undone, kept, err)
	}
	l, _ = reg.Line(t.Context(), id)
	if l.Place != "3階" || l.Port != "13番" {
		t.Errorf("place %q port %q", l.Place, l.Port)
	}
	if _, _, err := reg.Undo(t.Context(), ledgertest.Actor(), "line/"+id, "no-such-batch"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("undo of nothing: %v", err)
	}
}

func TestRemove_HidesAndUndoBringsBack(t *testing.T) {
	t.Parallel()
	reg, _, _ := open(t)
	id := mustSave(t, reg.SaveAsset, asset.Asset{Name: "PC-1", Kind: asset.PC, Number: "A-1"})
	if err := reg.Remove(t.Context(), ledgertest.Actor(), "asset/"+id); err != nil {
		t.Fatal(err)
	}
	if _, err := reg.Asset(t.Context(), id); fault.KindOf(err) != fault.NotFound {
		t.Fatalf("removed asset: %v", err)
	}
	history, _ := reg.History(t.Context(), "asset/"+id, 1)
	if _, _, err := reg.Undo(t.Context(), ledgertest.Actor(), "asset/"+id, history[0].Batch); err != nil {
		t.Fatal(err)
	}
	if _, err := reg.Asset(t.Context(), id); err != nil {
		t.Errorf("brought back: %v", err)
	}
}

func TestRemove_RefusesWhatOthersUse(t *testing.T) {
	t.Parallel()
	reg, _, _ := open(t)
	vendor := mustSave(t, reg.SaveVendor, asset.Vendor{Name: "架空給食"})
	line := mustSave(t, reg.SaveLine, asset.Line{Name: "給食VPN", Kind: asset.VPN, VendorID: vendor})
	if err := reg.Remove(t.Context(), ledgertest.Actor(), "vendor/"+vendor); fault.KindOf(err) != fault.Conflict {
		t.Fatalf("a vendor in use: %v", err)
	}
	if err := reg.Remove(t.Context(), ledgertest.Actor(), "line/"+line); err != nil {
		t.Fatal(err)
	}
	if err := reg.Remove(t.Context(), ledgertest.Actor(), "vendor/"+vendor); err != nil {
		t.Errorf("nobody uses it now: %v", err)
	}
}

func TestReadings_RegisterThatNobodyKeeps(t *testing.T) {
	t.Parallel()
	reg, _, clock := open(t)
	mustSave(t, reg.SaveAsset, asset.Asset{Name: "PC", Kind: asset.PC})
	if got := readings(t, reg)["asset.inventory"].State; got != reading.Good {
		t.Errorf("kept: %s", got)
	}
	clock.Add(366 * 24 * time.Hour)
	if got := readings(t, reg)["asset.inventory"].State; got != reading.Bad {
		t.Errorf("not changed for a year: %s", got)
	}
}

func TestSaveAsset_RefusesBadValues(t *testing.T) {
	t.Parallel()
	reg, _, _ := open(t)
	f := func(a asset.Asset, key string) {
		t.Helper()
		_, err := reg.SaveAsset(t.Context(), ledgertest.Actor(), a, asset.Declared, "")
		if got := fault.Of(err); got == nil || got.Msg.Key != key {
			t.Errorf("%+v: %v, want %s", a, err, key)
		}
	}
	f(asset.Asset{Kind: asset.PC}, "asset.missing")
	f(asset.Asset{Name: "x", Kind: "toaster"}, "asset.not_a_choice")
	f(asset.Asset{Name: "x", Kind: asset.PC, EndOfSupport: "R7.4.1"}, "asset.not_a_day")
	f(asset.Asset{Name: strings.Repeat("長", 3000), Kind: asset.PC}, "asset.too_long")
	mustSave(t, reg.SaveAsset, asset.Asset{Name: "a", Kind: asset.PC, Number: "N-1"})
	f(asset.Asset{Name: "b", Kind: asset.PC, Number: "N-1"}, "asset.number_taken")
}

func TestAssets_FindsFullWidthAndHalfWidthAlike(t *testing.T) {
	t.Parallel()
	reg, _, _ := open(t)
	mustSave(t, reg.SaveAsset, asset.Asset{Name: "ＣＴ－０１ 操作卓", Kind: asset.Medical, Address: "10.20.30.1"})
	mustSave(t, reg.SaveAsset, asset.Asset{Name: "100%病棟", Kind: asset.PC})
	f := func(words string, want int) {
		t.Helper()
		_, total, err := reg.Assets(t.Context(), asset.Filter{Words: words})
		if err != nil || total != want {
			t.Errorf("%q: %d, want %d (%v)", words, total, want, err)
		}
	}
	f("ct", 1)
	f("ＣＴ 操作卓", 1)
	f("10.20.30", 1)
	f("100%", 1)
	f("%", 1)
	f("_", 0)
	f("", 2)
}

func TestSplit_LineTakesContractAndOwnDuties(t *testing.T) {
	t.Parallel()
	reg, _, _ := open(t)
	vendor := mustSave(t, reg.SaveVendor, asset.Vendor{Name: "架空給食株式会社"})
	contract := mustSave(t, reg.SaveContract, asset.Contract{Name: "給食委託", VendorID: vendor})
	if err := reg.SetDuties(t.Context(), ledgertest.Actor(), "contract/"+contract, []asset.Duty{{Kind: asset.Logs, Party: asset.ByVendor, Note: "第8条"}, {Kind: asset.Call, Party: asset.ByBoth}}); err != nil {
		t.Fatal(err)
	}
	id := mustSave(t, reg.SaveLine, asset.Line{Name: "給食VPN", Kind: asset.VPN, VendorID: vendor, ContractID: contract})
	if err := reg.SetDuties(t.Context(), ledgertest.Actor(), "line/"+id, []asset.Duty{{Kind: asset.Patching, Party: asset.ByHospital}, {Kind: asset.Call, Party: asset.ByHospital}}); err != nil {
		t.Fatal(err)
	}
	l, err := reg.Line(t.Context(), id)
	if err != nil || l.PatchParty != asset.ByHospital {
		t.Fatalf("patch party %q, %v", l.PatchParty, err)
	}
	s, err := reg.LineSplit(t.Context(), l)
	if err != nil || s.Gaps() != 3 || !s.ByContract[asset.Logs] || s.ByContract[asset.Call] {
		t.Fatalf("split %+v %v", s, err)
	}
}

func TestReadings_EmptyRegisterProvesNothing(t *testing.T) {
	t.Parallel()
	reg, _, _ := open(t)
	set := readings(t, reg)
	for id, r := range set {
		if r.State != reading.Unknown {
			t.Errorf("%s is %s in an empty register", id, r.State)
		}
	}
}

func readings(t *testing.T, reg *asset.Register) reading.Set {
	t.Helper()
	set, err := reading.Collect(t.Context(), []reading.Source{reg.Readings})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestReadings_OsakaLine(t *testing.T) {
	t.Parallel()
	reg, _, _ := open(t)
	mustSave(t, reg.SaveLine, asset.Line{Name: "給食VPN", Kind: asset.VPN, Hours: asset.AlwaysOpen, RDP: asset.Yes, SourceLimit: asset.No, MFA: asset.No})
	mustSave(t, reg.SaveLine, asset.Line{Name: "CT保守", Kind: asset.Maker, Hours: asset.OnDemand, RDP: asset.NotKnown})
	set := readings(t, reg)
	for _, id := range []string{"asset.lines.always", "asset.lines.rdp", "asset.lines.source", "asset.lines.mfa", "asset.lines.owner", "asset.duties"} {
		if set[id].State != reading.Bad {
			t.Errorf("%s is %s", id, set[id].State)
		}
	}
	if set["asset.lines.always"].Count != 1 || set["asset.lines.owner"].Count != 2 {
		t.Errorf("counts %+v", set)
	}
}

func TestReadings_UnknownLineIsNotGood(t *testing.T) {
	t.Parallel()
	reg, _, _ := open(t)
	mustSave(t, reg.SaveLine, asset.Line{Name: "何か", Kind: asset.VPN, OwnerParty: asset.ByVendor, PatchParty: asset.ByVendor})
	set := readings(t, reg)
	for _, id := range []string{"asset.lines.always", "asset.lines.rdp", "asset.lines.source", "asset.lines.mfa"} {
		if set[id].State != reading.Unknown {
			t.Errorf("%s is %s", id, set[id].State)
		}
	}
}

func TestReadings_ChartServerWithoutAnswer(t *testing.T) {
	t.Parallel()
	reg, _, _ := open(t)
	ehr := mustSave(t, reg.SaveSystem, asset.System{Name: "電子カルテ", Class: "ehr"})
	mustSave(t, reg.SaveAsset, asset.Asset{Name: "KARTE-DB1", Kind: asset.Server, SystemID: ehr, Antivirus: asset.Yes})
	id := mustSave(t, reg.SaveAsset, asset.Asset{Name: "KARTE-DB2", Kind: asset.Server, SystemID: ehr})
	if got := readings(t, reg)["asset.antivirus"].State; got != reading.Unknown {
		t.Errorf("one server not known: %s", got)
	}
	a, _ := reg.Asset(t.Context(), id)
	a.Antivirus = asset.No
	mustSave(t, reg.SaveAsset, a)
	if got := readings(t, reg)["asset.antivirus"].State; got != reading.Bad {
		t.Errorf("one server without: %s", got)
	}
}

func TestPages_JourneyOfALine(t *testing.T) {
	t.Parallel()
	reg, _, clock := open(t)
	site := webtest.New(t, clock.Now, reg.Module())
	c := site.As(webtest.Person("asset.read", "asset.write"))
	c.Get("/lines").Want(t, 200, "「無い」ではなく「未確認」です")
	form := url.Values{"name": {"給食VPN <b>"}, "kind": {"vpn"}, "hours": {"always"}, "rdp": {"yes"}, "os": {"FortiOS"}, "version": {"5.4.8"}}
	c.Post("/lines/new", url.Values{"name": {""}, "kind": {"vpn"}}).Want(t, 422, "入力してください。")
	to := c.Post("/lines/new", form).Want(t, 303).Location()
	c.Get(to).Want(t, 200, "給食VPN &lt;b&gt;", "常時接続", "申告", "未定 6")
	c.Get("/lines").Want(t, 200, "常時接続(リモートデスクトップ)", "mark-danger")
	c.In(text.EN).Get(to).Want(t, 200, "Outside line:", "always open", "declared")
	page := c.Get(to+"/edit").Want(t, 200, "5.4.8")
	seen := page.Body[strings.Index(page.Body, `name="seen" value="`)+len(`name="seen" value="`):]
	form.Set("seen", seen[:strings.IndexByte(seen, '"')])
	form.Set("version", "7.4.8")
	c.Post(to+"/edit", form).Want(t, 303)
	c.Get(to).Want(t, 200, "7.4.8", "元に戻す")
	c.Post(to+"/duties", url.Values{"party_patch": {"vendor"}, "note_patch": {"覚書3条"}}).Want(t, 303)
	c.Get(to).Want(t, 200, "覚書3条", "未定 5")
	c.Post(to+"/remove", nil).Want(t, 303)
	gone := c.Get(to).Want(t, 200, "一覧から外されています", "元に戻す").Lacks(t, to+"/edit")
	c.Get(to+"/edit").Want(t, 404)
	c.Get("/lines").Lacks(t, "給食VPN")
	c.Get("/removed").Want(t, 200, "給食VPN", to)
	batch := gone.Body[strings.Index(gone.Body, `name="batch" value="`)+len(`name="batch" value="`):]
	c.Post(to+"/undo", url.Values{"batch": {batch[:strings.IndexByte(batch, '"')]}}).Want(t, 303)
	c.Get("/lines").Want(t, 200, "給食VPN")
}

func TestPages_ReaderMayNotWrite(t *testing.T) {
	t.Parallel()
	reg, _, clock := open(t)
	c := webtest.New(t, clock.Now, reg.Module()).As(webtest.Person("asset.read"))
	c.Post("/lines/new", url.Values{"name": {"x"}, "kind": {"vpn"}}).Want(t, 403)
	c.Get("/assets/new").Want(t, 403)
	c.Get("/assets").Want(t, 200).Lacks(t, `href="/assets/new"`)
}

func TestModule_TemplatesFitTheirData(t *testing.T) {
	t.Parallel()
	reg, _, _ := open(t)
	webtest.CheckTemplates(t, reg.Module())
}

func TestSaveVendor_NoCircle(t *testing.T) {
	t.Parallel()
	reg, _, _ := open(t)
	a := mustSave(t, reg.SaveVendor, asset.Vendor{Name: "元請け"})
	b := mustSave(t, reg.SaveVendor, asset.Vendor{Name: "再委託", ParentID: a})
	v, _ := reg.Vendor(t.Context(), a)
	v.ParentID = b
	if _, err := reg.SaveVendor(t.Context(), ledgertest.Actor(), v, asset.Declared, ""); fault.KindOf(err) != fault.Invalid {
		t.Fatalf("circle was taken: %v", err)
	}
}

func TestTodos_OnlyForThoseWhoCanAct(t *testing.T) {
	t.Parallel()
	reg, _, _ := open(t)
	mustSave(t, reg.SaveLine, asset.Line{Name: "給食VPN", Kind: asset.VPN, Hours: asset.AlwaysOpen, RDP: asset.Yes})
	if todos, err := reg.Todos(t.Context(), webtest.Person("asset.read")); err != nil || len(todos) != 0 {
		t.Errorf("reader got %v %v", todos, err)
	}
	todos, err := reg.Todos(t.Context(), webtest.Person("asset.write"))
	if err != nil || len(todos) != 3 {
		t.Fatalf("todos %+v %v", todos, err)
	}
	var _ web.Mark = todos[0].Mark()
}

func TestConfirm_ChangesOnlyWhereAValueComesFrom(t *testing.T) {
	t.Parallel()
	reg, _, clock := open(t)
	id := mustSave(t, reg.SaveLine, asset.Line{Name: "給食VPN", Kind: asset.VPN, Version: "5.4.8"})
	clock.Add(time.Hour)
	for range 2 {
		if err := reg.Confirm(t.Context(), ledgertest.Actor(), "line/"+id, "version", asset.FromFile, "a.conf"); err != nil {
			t.Fatal(err)
		}
	}
	history, err := reg.History(t.Context(), "line/"+id, 10)
	if err != nil || len(history) != 4 || history[0].Source != asset.FromFile || history[0].Old != "5.4.8" || history[0].New != "5.4.8" {
		t.Fatalf("%+v %v", history, err)
	}
	if l, _ := reg.Line(t.Context(), id); l.Version != "5.4.8" || !l.UpdatedAt.Equal(ledgertest.Start()) {
		t.Errorf("%+v", l)
	}
	if err := reg.Confirm(t.Context(), ledgertest.Actor(), "line/none", "version", asset.FromFile, "a.conf"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("no such line: %v", err)
	}
}
