package staff_test

import (
	"testing"
	"time"

	"github.com/torideproject/toride/internal/today"
	"github.com/torideproject/toride/internal/web/webtest"
)

// TestImport_ReadersMadeByOneAreShownToTheOthers: whoever manages the list can
// make a physician of himself under another number.
func TestImport_ReadersMadeByOneAreShownToTheOthers(t *testing.T) {
	t.Parallel()
	w := open(t)
	admin := w.admin()
	admin.take("職員番号,氏名,職種,PIN\n9002,架空 見子,情報システム,640917\n", "part", "code").want(t, 303)
	id, ok := w.Actor("9002")
	if !ok {
		t.Fatal("no second administrator")
	}
	other := webtest.Person("staff.admin")
	other.ID = id
	if todos, err := w.Todos(t.Context(), other); err != nil || len(todos) != 0 {
		t.Fatalf("an import that lets nobody read: %v %v", todos, err)
	}
	admin.take("職員番号,氏名,職種,PIN\n7001,架空 医子,医師,381746\n", "part", "code").want(t, 303)
	todos, err := w.Todos(t.Context(), other)
	if err != nil || len(todos) != 1 || todos[0].Level != today.Amber || todos[0].URL != "/staff" || todos[0].Say.Args[3] != 1 {
		t.Fatalf("%+v %v", todos, err)
	}
	// A PIN that the list sets for somebody else is a key to his account.
	admin.take("職員番号,氏名,職種,PIN,追加権限\n7001,架空 医子,医師,902846,\n9001,架空 情子,情報システム,,設定\n", "part", "code").want(t, 303)
	if todos, err = w.Todos(t.Context(), other); err != nil || len(todos) != 2 || todos[0].Say.Args[3] != 1 {
		t.Fatalf("%+v %v", todos, err)
	}
	self := other
	self.ID, _ = w.Actor("9001")
	if mine, err := w.Todos(t.Context(), self); err != nil || len(mine) != 0 {
		t.Errorf("who did it is told to look at himself: %v %v", mine, err)
	}
	w.signIn("9002", "640917").get("/staff").want(t, 200, "新たにカルテを見られるか、名簿で暗証番号を決めた人: 1人")
	w.clock.Add(15 * 24 * time.Hour)
	if todos, err = w.Todos(t.Context(), other); err != nil || len(todos) != 0 {
		t.Errorf("shown for ever: %v %v", todos, err)
	}
}
