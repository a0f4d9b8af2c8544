package query_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/eventtest"
	"github.com/torideproject/toride/internal/event/query"
)

// Words in many texts at once, of which some must be folded and some end within a
// character, are found where the oracle finds them.
func TestRows_WordsInManyTexts(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(5, 5))
	bits := []string{"a", "B", "Qq", "10.1", " ", "医療", "安全管理室", "ＶＰＮ", "装置の設定", "ﾊﾟｽ", "か", "\u3099", "é", "e\u0301", "①", "\xe5\x8c", "\xbb", "\xef\xbc", "　", "－", "zz*", "K", "\u212a"}
	text := func() string {
		var b strings.Builder
		for range rng.IntN(9) {
			b.WriteString(bits[rng.IntN(len(bits))])
		}
		return b.String()
	}
	events, mixed := strange(rng, 1400, 1), strange(rng, 900, 1)
	for i, e := range events {
		e.Original = []byte(text())
		e.Text = e.Original
		e.Core.Message = text()
		events[i] = clean(e)
	}
	for i, e := range mixed { // of some the text is another
		e.Original = []byte(text())
		if e.Text = e.Original; i%400 == 399 {
			e.Text = []byte(text())
		}
		mixed[i] = clean(e)
	}
	for name, all := range map[string][]*event.Event{"strange": events, "mixed": mixed, "made": eventtest.Events(3, 1000, day(1), day(2))} {
		view := &query.View{Parts: []query.Part{part(t, all, 0)}}
		for range 60 {
			field, said := "", string(all[rng.IntN(len(all))].Text)
			if rng.IntN(3) == 0 {
				field, said = "message", all[rng.IntN(len(all))].Core.Message
			}
			runes := []rune(strings.ToValidUTF8(said, ""))
			from := rng.IntN(len(runes) + 1)
			piece := string(runes[from:min(len(runes), from+1+rng.IntN(12))])
			if piece == "" {
				continue
			}
			r := query.Request{Query: query.Expr{Op: query.OpTest, Test: query.Test{Field: field, Value: piece}}}
			page, err := query.Rows(t.Context(), view, r, query.MaxLimit, "")
			if err != nil {
				t.Fatal(err)
			}
			sameEvents(t, fmt.Sprintf("%s: %q in %q", name, piece, field), page.Events, wanted(all, r))
		}
	}
}
