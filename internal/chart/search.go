package chart

import (
	"crypto/rand"
	"encoding/base64"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// The words of a search are a patient's name. An address stays in the history of
// a PC that a whole ward uses, so that the words are sent by POST, kept in memory
// for the session, and the list of hits has an address of random letters: it
// can be loaded again and gone back to, by this session alone.

// searches are the words of searches by their random names.
type searches struct {
	mu sync.Mutex
	by map[string]searched
}

type searched struct {
	holder, words string
	at            time.Time
	unwritten     bool // the search could not be recorded
}

const (
	searchKept  = 15 * time.Minute // how long a list can be gone back to
	maxSearches = 10_000
	maxSearch   = 200 // letters of a search
)

func newSearches() *searches { return &searches{by: map[string]searched{}} }

func (s *searches) put(one searched) string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	name := base64.RawURLEncoding.EncodeToString(b[:])
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.by) >= maxSearches {
		for key, old := range s.by {
			if one.at.Sub(old.at) > searchKept {
				delete(s.by, key)
			}
		}
		if len(s.by) >= maxSearches {
			clear(s.by)
		}
	}
	s.by[name] = one
	return name
}

func (s *searches) get(holder, name string, now time.Time) (searched, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one, ok := s.by[name]
	if !ok || one.holder != holder || now.Sub(one.at) > searchKept {
		return searched{}, false
	}
	return one, true
}

// search takes the words. A number that one patient has leads to him at once;
// with his day of birth behind it two identifiers were given, which confirms.
func (d *Desk) search(c *web.Call) error {
	if err := c.R.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "web.form.broken").With(err)
	}
	words := strings.TrimSpace(c.R.PostForm.Get("q"))
	if words == "" {
		return c.Redirect("/chart", text.Msg{})
	}
	if len([]rune(words)) > maxSearch {
		return fault.New(fault.Invalid, "chart.search.long", maxSearch)
	}
	hits, err := d.hits(c, words)
	if err != nil {
		return err
	}
	ids := make([]string, 0, len(hits.Hits))
	for _, h := range hits.Hits {
		ids = append(ids, h.ID)
	}
	noted := d.note(c, "chart.search", "", map[string]any{"kind": kindOf(words), "hits": len(ids) + hits.More, "patients": ids})
	id, birth, both := strings.Cut(plain(words), " ")
	if both {
		if hit, ok := onlyBoth(hits.Hits, id, birth); ok {
			if who, calm := d.calm(c, hit.ID, birth); calm {
				d.confirm(c, hit.ID, who, "typed")
				return c.Redirect(patientURL(hit.ID), text.Msg{})
			}
		}
	}
	if len(hits.Hits) == 1 && hits.More == 0 && byNumber(hits.Hits[0]) {
		at := patientURL(hits.Hits[0].ID) + "/confirm"
		if day, known := asDay(birth), hits.Hits[0].Brief.Birth; both && day != "" && known != "" && day != known {
			at += "?typed=other" // a slip of the number, or somebody else
		}
		return c.Redirect(at, text.Msg{})
	}
	return c.Redirect("/chart/found/"+d.searches.put(searched{holder(c), words, c.Now, !noted}), text.Msg{})
}

// plain makes digits of any width plain and blanks single.
func plain(words string) string { return strings.Join(strings.Fields(norm.NFKC.String(words)), " ") }

// kindOf says what a search looks like, for the ledger: the words themselves may
// be a name and are not kept.
func kindOf(words string) string {
	w := plain(words)
	switch {
	case digits(strings.ReplaceAll(w, " ", "")):
		return "number"
	case strings.IndexFunc(w, func(r rune) bool { return r >= 0x4e00 && r <= 0x9fff }) >= 0:
		return "kanji"
	case strings.IndexFunc(w, func(r rune) bool { return r >= 0x3040 && r <= 0x30ff }) >= 0:
		return "kana"
	}
	return "other"
}

func byNumber(h index.Hit) bool {
	return slices.Contains(h.By, "id") || slices.Contains(h.By, "id_zeros") || slices.Contains(h.By, "barcode")
}

// asDay gives the eight digits of a day as people type it; "" if it is none.
func asDay(typed string) string {
	typed = strings.NewReplacer("/", "", "-", "", ".", "").Replace(typed)
	if len(typed) != 8 || !digits(typed) {
		return ""
	}
	return typed
}

// onlyBoth finds the one patient whose number and day of birth were typed.
func onlyBoth(hits []index.Hit, id, birth string) (index.Hit, bool) {
	if birth = asDay(birth); birth == "" {
		return index.Hit{}, false
	}
	var out []index.Hit
	for _, h := range hits {
		if sameNumber(h.ID, id) && h.Brief.Birth == birth {
			out = append(out, h)
		}
	}
	if len(out) != 1 {
		return index.Hit{}, false
	}
	return out[0], true
}

// sameNumber compares numbers as people type them: without leading zeros.
func sameNumber(a, b string) bool {
	return strings.TrimLeft(plain(a), "0") == strings.TrimLeft(plain(b), "0")
}

// maxHits is how many patients a list shows.
const maxHits = 50

// hits asks the index, and for a number the paths themselves: a patient can be
// found before any index exists.
func (d *Desk) hits(c *web.Call, words string) (index.Result, error) {
	res := d.index.Search(index.Query{Text: words, Limit: maxHits})
	res.Hits = slices.Clone(res.Hits)
	first, _, _ := strings.Cut(plain(words), " ")
	if !looksLikeNumber(first) {
		return res, nil
	}
	found, err := d.shelf.Find(c.Ctx(), first)
	if err != nil {
		if c.Ctx().Err() != nil || len(res.Hits) == 0 {
			return res, away(err)
		}
		return res, nil // a source is away; the index knows somebody
	}
	for _, f := range found {
		at := slices.IndexFunc(res.Hits, func(h index.Hit) bool { return h.ID == f.ID })
		if at < 0 {
			hit := index.Hit{ID: f.ID, Brief: f.Person, By: []string{"id"}}
			res.Hits = slices.Insert(res.Hits, 0, hit)
		} else if res.Hits[at].Brief == (source.Brief{}) {
			res.Hits[at].Brief = f.Person
		}
	}
	return res, nil
}

// looksLikeNumber reports whether a word may be a patient's number: some are
// letters and digits.
func looksLikeNumber(word string) bool {
	return strings.IndexFunc(word, func(r rune) bool { return r >= '0' && r <= '9' }) >= 0 &&
		strings.IndexFunc(word, func(r rune) bool { return r > 0x7e || r < 0x21 }) < 0
}
