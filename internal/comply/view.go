package comply

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// ReadingView is a reading as pages show it. The page of the attack chain
// shows readings in the same way.
type ReadingView struct {
	ID    string
	Name  text.Msg
	Mark  web.Mark
	Say   text.Msg
	Basis text.Msg // zero when nothing was read
	At    time.Time
	By    string
	URL   string
	Items []reading.Item // the first of those found wanting
}

// ViewReading prepares a reading for a page. One that nobody published says
// that nothing was read.
func ViewReading(r reading.Reading) ReadingView {
	v := ReadingView{ID: r.ID, Name: text.M("comply.reading." + r.ID), Mark: StateMark(r.State), Say: r.Say, At: r.At, By: r.By, URL: r.URL}
	if v.Say.Zero() {
		v.Say = text.M("comply.state.unread")
	}
	if r.Basis != "" && r.State != reading.Unknown {
		v.Basis = text.M("comply.basis." + string(r.Basis))
	}
	if r.State == reading.Bad {
		v.Items = r.Items[:min(3, len(r.Items))]
	}
	return v
}

func viewReadings(readings []reading.Reading) []ReadingView {
	var out []ReadingView
	for _, r := range readings {
		out = append(out, ViewReading(r))
	}
	return out
}

// StateMark shows a reading's state by shape and word.
func StateMark(s reading.State) web.Mark {
	return web.Mark{Level: s.Level(), Say: text.M("comply.state." + string(s))}
}

// RowView is a row of the checklist as pages show it.
type RowView struct {
	Row
	URL       string
	Mark      web.Mark // the answer
	Evidence  web.Mark
	Readings  []ReadingView
	Related   []ReadingView
	Contra    bool
	Unsure    text.Msg // what of the row was not seen in an original; zero when all was
	Official  string   // wording of the imported workbook, or empty
	Confirmed string
	Target    string
}

func viewRow(c *Catalogue, key Key, r Row) RowView {
	v := RowView{Row: r, URL: itemURL(key, r.Item.Topic), Mark: answerMark(r.Answer), Evidence: StateMark(r.Evidence.State()),
		Readings: viewReadings(r.Evidence.Readings), Related: viewReadings(r.Evidence.Related), Contra: r.Contradicts(),
		Official: r.Item.Official[key.Sheet].Text, Confirmed: r.Answer.Confirmed, Target: r.Answer.Target}
	if known := r.Item.Known(key.Sheet); !known.Sure() {
		v.Unsure = text.M("comply.unsure." + string(known))
	}
	switch {
	case r.Skipped:
		v.Mark = web.Mark{Level: web.Nothing, Say: text.M("comply.answer.skipped")}
	case r.Blank && r.Answer.Value == Open:
		v.Mark = web.Mark{Level: web.Nothing, Say: text.M("comply.answer.blank")}
	}
	if !r.Evidence.Wired() {
		v.Evidence = web.Mark{Level: web.Unclear, Say: text.M("comply.evidence.unwired")}
	}
	return v
}

func answerMark(a Answer) web.Mark {
	switch {
	case a.Value == Open:
		return web.Mark{Level: web.Unclear, Say: text.M("comply.answer.open")}
	case a.Copied:
		return web.Mark{Level: web.Warn, Say: text.M("comply.answer.copied", text.M("comply.answer."+string(a.Value)))}
	case a.Confirmed == "":
		return web.Mark{Level: web.Warn, Say: text.M("comply.answer.unconfirmed", text.M("comply.answer."+string(a.Value)))}
	case a.Value == No:
		return web.Mark{Level: web.Warn, Say: text.M("comply.answer.no")}
	}
	return web.Mark{Level: web.Done, Say: text.M("comply.answer.yes")}
}

// YearText names a fiscal year, in Japanese with its era.
func YearText(fy int) text.Msg {
	return text.M("comply.year", strconv.Itoa(fy), strconv.Itoa(fy-2018))
}

// YearText names the key's fiscal year.
func (key Key) YearText() text.Msg { return YearText(key.Year) }

// query is the key as URL parameters.
func (key Key) query() url.Values {
	return url.Values{"catalogue": {key.Catalogue}, "year": {strconv.Itoa(key.Year)}, "sheet": {key.Sheet}}
}

func itemURL(key Key, topic string) string {
	return (&url.URL{Path: "/comply/item/" + topic, RawQuery: key.query().Encode()}).String()
}

// keyOf reads catalogue, year and sheet from the URL.
func (k *Checklist) keyOf(c *web.Call) (*Catalogue, Key, error) {
	year, err := strconv.Atoi(c.Query("year"))
	if err != nil {
		year = 0 // this year
	}
	return k.At(c.Ctx(), c.Query("catalogue"), year, c.Query("sheet"))
}

// shows lists the filters of the checklist; each has a text comply.show.X.
func shows() []string {
	return []string{"", "missing", "no", "contradiction", "overdue", "notarget"}
}

// filter keeps the rows that a filter asks for.
func filter(rows []Row, show string, fy int, today string) []Row {
	first, last := YearBounds(fy)
	return slices.DeleteFunc(slices.Clone(rows), func(r Row) bool {
		inYear := r.Answer.Target >= first && r.Answer.Target <= last
		switch show {
		case "missing":
			return !r.Missing()
		case "no":
			return r.Skipped || r.Answer.Value != No
		case "contradiction":
			return !r.Contradicts()
		case "overdue":
			return r.Skipped || r.Answer.Value != No || !inYear || r.Answer.Target >= today
		case "notarget":
			return r.Skipped || r.Answer.Value != No || inYear
		}
		return false
	})
}
