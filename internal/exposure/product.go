package exposure

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/torideproject/toride/internal/exposure/kev"
)

// maker joins the words by which people name a maker or its products to the
// name which the catalogue uses (vendorProject, in lower case).
type maker struct {
	name  string
	words []string
}

// makers lists makers that hospitals have and whose catalogue name cannot be
// found by comparing letters: Japanese names, and products that stand for them.
func makers() []maker {
	return []maker{
		{"fortinet", []string{"fortinet", "フォーティネット", "fortigate", "fortiwifi", "fortios"}},
		{"cisco", []string{"cisco", "シスコ"}},
		{"microsoft", []string{"microsoft", "マイクロソフト", "windows", "exchange server", "sql server"}},
		{"palo alto networks", []string{"palo alto", "パロアルト", "pan-os"}},
		{"vmware", []string{"vmware", "esxi", "vcenter"}},
		{"citrix", []string{"citrix", "シトリックス", "netscaler"}},
		{"sonicwall", []string{"sonicwall", "ソニックウォール"}},
		{"ivanti", []string{"ivanti", "pulse secure", "pulse connect"}},
		{"juniper", []string{"juniper", "ジュニパー"}},
		{"zyxel", []string{"zyxel", "ザイセル"}},
		{"netgear", []string{"netgear", "ネットギア"}},
		{"d-link", []string{"d-link", "dlink"}},
		{"tp-link", []string{"tp-link", "tplink"}},
		{"qnap", []string{"qnap"}},
		{"sophos", []string{"sophos", "ソフォス"}},
		{"check point", []string{"check point", "checkpoint", "チェックポイント"}},
		{"trend micro", []string{"trend micro", "trendmicro", "トレンドマイクロ", "ウイルスバスター"}},
		{"veeam", []string{"veeam"}},
		{"veritas", []string{"veritas", "backup exec"}},
		{"oracle", []string{"oracle", "オラクル", "weblogic"}},
		{"apache", []string{"apache", "tomcat", "log4j"}},
		{"apple", []string{"apple", "ipad", "iphone", "macos"}},
		{"adobe", []string{"adobe"}},
		{"f5", []string{"big-ip"}},
		{"mikrotik", []string{"mikrotik"}},
		{"draytek", []string{"draytek"}},
		{"soliton systems k.k", []string{"soliton", "ソリトン", "filezen"}},
		{"array networks", []string{"array networks", "array ag"}},
		{"sky", []string{"skysea"}},
	}
}

// fold makes texts comparable: width, case and kana forms.
func fold(s string) string { return strings.ToLower(norm.NFKC.String(s)) }

// index finds entries of a catalogue by product.
type index struct {
	entries  []kev.Entry
	byMaker  map[string][]int
	makers   []maker
	tokensOf []map[string]bool
	cache    map[string][]int // by device text; lives as long as the index
}

func newIndex(entries []kev.Entry) *index {
	ix := &index{entries: entries, byMaker: map[string][]int{}, makers: makers(), cache: map[string][]int{}}
	for i, e := range entries {
		name := fold(e.Vendor)
		ix.byMaker[name] = append(ix.byMaker[name], i)
		ix.tokensOf = append(ix.tokensOf, tokens(e.Product))
	}
	return ix
}

// find gives the entries that name the product of a device. It takes time in
// the number of entries of the maker, once for each kind of device.
func (ix *index) find(t Target) []int {
	key := t.Maker + "\x00" + t.Model + "\x00" + t.OS
	if hit, ok := ix.cache[key]; ok {
		return hit
	}
	name := ix.makerOf(t)
	var out []int
	if name != "" {
		words := tokens(t.Model + " " + t.OS)
		for _, i := range ix.byMaker[name] {
			if productMatches(words, ix.tokensOf[i], t.isFortiOS()) {
				out = append(out, i)
			}
		}
	}
	ix.cache[key] = out
	return out
}

// makerOf finds the catalogue's name of the maker: by the words above, then by
// the catalogue's own names standing in the maker's field.
func (ix *index) makerOf(t Target) string {
	all := fold(t.Maker + " " + t.Model + " " + t.OS)
	for _, m := range ix.makers {
		if _, listed := ix.byMaker[m.name]; !listed {
			continue
		}
		if slices.ContainsFunc(m.words, func(w string) bool { return strings.Contains(all, w) }) {
			return m.name
		}
	}
	own := fold(t.Maker)
	best := ""
	for name := range ix.byMaker {
		if len(name) >= 4 && len(name) > len(best) && strings.Contains(own, name) {
			best = name
		}
	}
	return best
}

// productMatches compares words of a device with those of an entry. An entry
// about several products of the maker counts for each of its devices.
func productMatches(device, product map[string]bool, fortios bool) bool {
	if product["multiple"] {
		return true
	}
	if fortios {
		return product["fortios"]
	}
	for w := range device {
		if product[w] {
			return true
		}
	}
	return false
}

// tokens cuts a name into words of three letters or more, and between letters
// and digits: ASA5506-X gives asa and 5506. Words that say nothing are left
// out.
func tokens(s string) map[string]bool {
	out := map[string]bool{}
	add := func(w string) {
		if len([]rune(w)) >= 3 && !dull(w) {
			out[w] = true
		}
	}
	kind := func(r rune) int {
		switch {
		case unicode.IsDigit(r):
			return 1
		case unicode.IsLetter(r):
			return 2
		}
		return 0
	}
	word, last := "", 0
	for _, r := range fold(s) {
		k := kind(r)
		if k != last || k == 0 {
			add(word)
			word = ""
		}
		if k != 0 {
			word += string(r)
		}
		last = k
	}
	add(word)
	return out
}

func dull(w string) bool {
	switch w {
	case "the", "and", "for", "with", "pro", "software", "server", "servers", "system", "systems", "series", "edition", "version",
		"standard", "enterprise", "device", "devices", "product", "products", "appliance", "appliances", "service", "services",
		"2008", "2012", "2016", "2019", "2022", "2025", "100", "200", "300", "500", "ver", "model", "router", "routers", "switch", "switches":
		return true
	}
	return false
}
