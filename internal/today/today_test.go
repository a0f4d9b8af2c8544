package today_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/today"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/webtest"
)

func todo(level today.Level, rank int, words string, due time.Time) today.Todo {
	return today.Todo{Level: level, Rank: rank, Say: text.Raw(words), Why: text.Raw("理由"), URL: "/x", Due: due}
}

func TestCollect_MostPressingFirst(t *testing.T) {
	t.Parallel()
	now := ledgertest.Start()
	source := func(context.Context, web.Person) ([]today.Todo, error) {
		return []today.Todo{
			todo(today.Info, 1, "f", time.Time{}), todo(today.Amber, 1, "e", time.Time{}), todo(today.Red, 2, "d", now),
			todo(today.Red, 1, "c", time.Time{}), todo(today.Red, 1, "b", now.Add(time.Hour)), todo(today.Red, 1, "a", now),
		}, nil
	}
	all, err := today.Collect(t.Context(), web.Person{}, []today.Source{source})
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, todo := range all {
		got += todo.Say.Args[0].(string)
	}
	if got != "abcdef" {
		t.Errorf("order %s", got)
	}
}

func TestPage_SevenAtMost(t *testing.T) {
	t.Parallel()
	source := func(context.Context, web.Person) ([]today.Todo, error) {
		var all []today.Todo
		for i := range 9 {
			all = append(all, todo(today.Amber, i, fmt.Sprintf("用件%d", i), time.Time{}))
		}
		return all, nil
	}
	read := func(context.Context) ([]reading.Reading, error) {
		return []reading.Reading{{ID: "asset.lines.always", State: reading.Bad, Say: text.Raw("1回線が常時開いています"), URL: "/lines"}}, nil
	}
	desk := today.New(today.Config{Todos: []today.Source{source}, Readings: []reading.Source{read}, Tiles: []string{"asset.lines.always", "incident.open"}})
	site := webtest.New(t, ledgertest.NewClock().Now, desk.Module())
	site.As(webtest.Person("today.readings")).Get("/").Want(t, 200, "用件6", "ほかに2件", "1回線が常時開いています", "まだ読み取っていません")
	site.As(webtest.Person()).Get("/").Want(t, 200, "用件0").Lacks(t, "1回線が")
	webtest.CheckTemplates(t, desk.Module())
}

func TestPage_NothingKnownIsNotSafe(t *testing.T) {
	t.Parallel()
	site := webtest.New(t, ledgertest.NewClock().Now, today.New(today.Config{}).Module())
	site.As(webtest.Person()).Get("/").Want(t, 200, "読み取っていないことは、ここには出ません").Lacks(t, "安全")
}
