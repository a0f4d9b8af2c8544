package witness

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/ssmix2"
)

// detailOrder is the order in which a detail's members are told; those that are
// not in it follow by name.
func detailOrder() []string {
	return []string{"page", "form", "how", "kind", "confidential", "hits", "ward", "patients", "item"}
}

// details tells a line's detail in a reader's words. What has no words of its
// own stands as it was written. full adds what fills a line of a file but not of
// a page: which item was opened, who was in a list.
func (w *Witness) details(c *web.Call, s Seen, full bool) string {
	var members map[string]any
	if json.Unmarshal(s.Detail, &members) != nil {
		return plain(s.Detail)
	}
	var out []string
	take := func(name string) {
		value, there := members[name]
		delete(members, name)
		if !there || value == nil || value == false || value == "" {
			return
		}
		if said := w.detail(c, s, name, value, full); said != "" {
			out = append(out, said)
		}
	}
	for _, name := range detailOrder() {
		take(name)
	}
	rest := make([]string, 0, len(members))
	for name := range members {
		rest = append(rest, name)
	}
	slices.Sort(rest)
	for _, name := range rest {
		take(name)
	}
	return strings.Join(out, c.T("witness.detail.and"))
}

// detail tells one member.
func (w *Witness) detail(c *web.Call, s Seen, name string, value any, full bool) string {
	words, isText := value.(string)
	switch name {
	case "page":
		return word(c, words, "chart.tab.", "witness.page.")
	case "form":
		return formWords(c, words)
	case "how":
		return word(c, words, "witness.how.")
	case "kind":
		if s.Action == "chart.search" {
			return c.T("witness.detail.by", word(c, words, "witness.search."))
		}
		return kindWords(c, words)
	case "patients":
		return people(c, value, full)
	case "item", "entry":
		if !full {
			return ""
		}
		if name == "item" {
			return c.T("witness.detail.item", itemWords(words))
		}
	case "staff":
		if w.cfg.Staff != nil {
			if number, place := w.cfg.Staff.Number(words); number != "" {
				words = strings.TrimSpace(number + " " + place)
			}
		}
	case "role":
		words = word(c, words, "staff.role.")
	}
	if !isText {
		data, err := json.Marshal(value)
		if err != nil {
			return ""
		}
		words = plain(data)
	} else if at, err := time.Parse(time.RFC3339, words); err == nil {
		words = c.Say(text.M("witness.detail.at", at))
	}
	if value == true {
		return label(c, name)
	}
	return c.T("witness.detail.pair", label(c, name), words)
}

func label(c *web.Call, name string) string { return word(c, name, "witness.label.") }

// word is a code in words, by the first prefix under which it has any.
func word(c *web.Call, code string, prefixes ...string) string {
	for _, prefix := range prefixes {
		if m := c.Known(text.M(prefix + code)); !m.Zero() {
			return c.Say(m)
		}
	}
	return code
}

// formWords tells a printed form as "drugs/pdf/confidential".
func formWords(c *web.Call, form string) string {
	parts := strings.Split(form, "/")
	parts[0] = word(c, parts[0], "paper.form.")
	for i := 1; i < len(parts); i++ {
		parts[i] = word(c, parts[i], "witness.form.how.")
	}
	return strings.Join(parts, c.T("witness.detail.and"))
}

// kindWords tells a data type: a code of SS-MIX2, a folder of its extended
// storage, or a kind of back-entry.
func kindWords(c *web.Call, kind string) string {
	if t, ok := ssmix2.TypeOf(kind); ok {
		if c.Lang == text.EN {
			return t.English
		}
		return t.Japanese
	}
	if strings.Contains(kind, "^") {
		return ssmix2.ParseDocType(kind).Display()
	}
	return word(c, kind, "backentry.kind.")
}

// people tells whom a list showed: how many, or a file all of them.
func people(c *web.Call, value any, full bool) string {
	list, isList := value.([]any)
	if !isList {
		return c.T("witness.detail.people", fmt.Sprint(value))
	}
	if len(list) == 0 {
		return ""
	}
	said := c.T("witness.detail.people", fmt.Sprint(len(list)))
	if !full {
		return said
	}
	return said + " " + strings.Trim(fmt.Sprint(list), "[]")
}

// itemWords tells where an item stands in the copy.
func itemWords(ref string) string {
	if r, ok := model.ParseRef(ref); ok {
		return r.Source + " " + r.Item
	}
	return ref
}
