package text

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Lang is a reader's language.
type Lang string

// The two languages. Japanese comes first and is the default.
const (
	JA Lang = "ja"
	EN Lang = "en"
)

// ParseLang gives EN where English comes first in s, a language or the value
// of an Accept-Language header, else JA.
func ParseLang(s string) Lang {
	if i := strings.IndexAny(s, ",;"); i >= 0 {
		s = s[:i]
	}
	s = strings.ToLower(strings.TrimSpace(s))
	if s == "en" || strings.HasPrefix(s, "en-") {
		return EN
	}
	return JA
}

// Langs lists the languages in order of preference.
func Langs() []Lang { return []Lang{JA, EN} }

// Msg is a sentence that has not yet got a language. Arguments may be strings,
// numbers, time.Time, Day or further Msgs.
type Msg struct {
	Key  string `json:"key"`
	Args []any  `json:"args,omitempty"`
}

// M makes a Msg.
func M(key string, args ...any) Msg { return Msg{Key: key, Args: args} }

// Raw is a Msg that stands for words which people typed; it reads the same in
// each language.
func Raw(words string) Msg { return Msg{Key: "", Args: []any{words}} }

// Zero reports whether there is nothing to say.
func (m Msg) Zero() bool { return m.Key == "" && len(m.Args) == 0 }

// Day is a calendar day that prints without a time of day.
type Day time.Time

// ParseDay reads 2006-01-02. The second result is false for anything else.
func ParseDay(s string) (Day, bool) {
	t, err := time.Parse(time.DateOnly, s)
	return Day(t), err == nil
}

// Catalog maps keys to sentences. Add is called while the program starts;
// afterwards a Catalog is only read and may be shared.
type Catalog struct {
	say  map[Lang]map[string]string
	zone *time.Location
}

// NewCatalog makes an empty catalogue which prints times in the zone.
func NewCatalog(zone *time.Location) *Catalog {
	return &Catalog{say: map[Lang]map[string]string{JA: {}, EN: {}}, zone: zone}
}

// Zone is the zone in which times are printed.
func (c *Catalog) Zone() *time.Location { return c.zone }

// Add reads every text*_ja.json and text*_en.json at the root of fsys. It
// fails when a key stands twice, or in one language only.
func (c *Catalog) Add(fsys fs.FS) error {
	added := map[Lang]map[string]string{}
	for _, lang := range Langs() {
		names, err := fs.Glob(fsys, "text*_"+string(lang)+".json")
		if err != nil {
			return err
		}
		slices.Sort(names)
		added[lang] = map[string]string{}
		for _, name := range names {
			if err := c.addFile(fsys, name, lang, added[lang]); err != nil {
				return err
			}
		}
	}
	for key := range added[JA] {
		if _, ok := added[EN][key]; !ok {
			return fmt.Errorf("text: key %q has no English", key)
		}
	}
	for key := range added[EN] {
		if _, ok := added[JA][key]; !ok {
			return fmt.Errorf("text: key %q has no Japanese", key)
		}
	}
	return nil
}

func (c *Catalog) addFile(fsys fs.FS, name string, lang Lang, added map[string]string) error {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	var texts map[string]string
	if err := json.Unmarshal(data, &texts); err != nil {
		return fmt.Errorf("text: %s: %w", path.Base(name), err)
	}
	for key, words := range texts {
		if _, twice := c.say[lang][key]; twice {
			return fmt.Errorf("text: %s: key %q stands twice", name, key)
		}
		c.say[lang][key] = words
		added[key] = words
	}
	return nil
}

// Has reports whether the key is known.
func (c *Catalog) Has(key string) bool {
	_, ok := c.say[JA][key]
	return ok
}

// Keys lists all keys, sorted.
func (c *Catalog) Keys() []string { return slices.Sorted(maps.Keys(c.say[JA])) }

// Say gives the sentence of m in the language. An unknown key is shown in
// marks, so that it is seen and never taken for a sentence.
func (c *Catalog) Say(lang Lang, m Msg) string {
	if m.Key == "" {
		if len(m.Args) == 0 {
			return ""
		}
		return c.arg(lang, m.Args[0])
	}
	words, ok := c.say[lang][m.Key]
	if !ok {
		return "⟦" + m.Key + "⟧"
	}
	if !strings.Contains(words, "{") {
		return words
	}
	return c.fill(lang, words, m.Args)
}

// fill puts the arguments into {0}, {1} … in one pass, so that braces inside
// an argument are never read as places.
func (c *Catalog) fill(lang Lang, words string, args []any) string {
	var b strings.Builder
	for {
		open := strings.IndexByte(words, '{')
		if open < 0 {
			break
		}
		end := strings.IndexByte(words[open:], '}')
		if end < 0 {
			break
		}
		b.WriteString(words[:open])
		place := words[open+1 : open+end]
		if n, err := strconv.Atoi(place); err == nil && n >= 0 && n < len(args) {
			b.WriteString(c.arg(lang, args[n]))
		} else {
			b.WriteString(words[open : open+end+1])
		}
		words = words[open+end+1:]
	}
	b.WriteString(words)
	return b.String()
}

func (c *Catalog) arg(lang Lang, a any) string {
	switch v := a.(type) {
	case string:
		return v
	case Msg:
		return c.Say(lang, v)
	case int:
		return Number(int64(v))
	case int64:
		return Number(v)
	case Day:
		return Date(lang, time.Time(v))
	case time.Time:
		return DateTime(lang, v.In(c.zone))
	case map[string]any: // a Msg that went through JSON
		if key, ok := v["key"].(string); ok {
			args, _ := v["args"].([]any)
			return c.Say(lang, Msg{Key: key, Args: args})
		}
	case float64: // a number that went through JSON
		if v == float64(int64(v)) {
			return Number(int64(v))
		}
	}
	return fmt.Sprint(a)
}
