package ssmix2

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/ssmix2/view"
)

// allergies takes every allergy of every source of the store. The list says
// that there is none only if something in it says so, nothing in it, live, is an
// allergy, and nothing that could be one was left unread.
func (r *reader) allergies() {
	var rows []model.Allergy
	for _, m := range view.Allergies(slices.Concat(r.files, r.older)).Items {
		a := r.at()
		x := model.Allergy{Life: m.Life, Source: a.str(m.Source), Kind: a.coded(m.Kind), Allergen: a.coded(m.Allergen), Severity: a.coded(m.Severity),
			Reactions: a.texts(m.Reactions), Status: a.coded(m.Status), Onset: a.when(m.Onset), Reported: a.when(m.Reported), Older: m.Older,
			Origin: r.row(m.File, m.Allergen.From)}
		if !x.Onset.Has() && m.OnsetText.Has() {
			x.Onset = model.When{Raw: a.str(m.OnsetText.Text), Origin: a.origin(m.OnsetText.From)}
		}
		if !x.Kind.Has() && m.Kind.Code != "" {
			x.Kind.Code = a.str(m.Kind.Code)
		}
		x.SaysNone = SaysNone(x.Allergen.Show)
		rows = append(rows, x)
	}
	out := list(r, rows, feeding(model.Allergies))
	none, real := 0, 0
	for i := range rows {
		switch {
		case rows[i].Life != view.Live:
		case rows[i].SaysNone.Value:
			none++
		default:
			real++
		}
	}
	if none > 0 && real == 0 && out.Broken == 0 && out.Unread == 0 {
		out.State = model.SaysNone
	}
	r.chart.Allergies = out
}

// SaysNone tells whether a text in the place of an allergen states that there
// is none (rule allergy.says_none): なし, 特記事項なし, アレルギー無し, 薬剤アレルギー
// なし, NKDA and the like as a whole. "Not known" says something else, and a
// substance with なし behind it (卵なし) is no statement about allergies.
func SaysNone(text string) model.Computed[bool] {
	c := model.Computed[bool]{Rule: "allergy.says_none"}
	s := strings.ToLower(strings.Join(strings.Fields(norm.NFKC.String(text)), " "))
	if s = strings.Trim(s, "。.、,・「」『』()[]<>【】 *※-:;"); s == "" {
		return c
	}
	c.OK = true
	if m := sayingNone.FindStringSubmatch(s); m != nil {
		c.Value = true
		if m[1] != "" { // 薬剤アレルギーなし is silent about food
			c.Doubts = []model.Note{{Code: "allergy.part", Args: []string{m[1]}}}
		}
	}
	return c
}

var sayingNone = regexp.MustCompile(`^(?:既往|既知の|特に|特記すべき|特記)*((?:薬剤|薬物|薬品|薬|食物|食品|食べ物|造影剤|ラテックス|その他)*(?:性)?)の?` +
	`(?:アレルギー|アレルギ|アレルキ゛ー|過敏症|副作用|禁忌|事項)*(?:歴|情報|既往)?(?:は|も|が)? ?:? ?(?:特に|特記事項|特記)? ?` +
	`(?:なし|無し|無|ナシ|ない|無い|ありません|無い?です|認めず|認めない|no|none|nil|nothing|negative|nkda|nka|nkfa|no known (?:drug |food )?allerg(?:y|ies)|no allerg(?:y|ies)|none known)$`)
