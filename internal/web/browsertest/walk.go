package browsertest

import (
	"encoding/json"
	"regexp"
)

// varies matches the parts of an address that differ between pages of one kind:
// identifiers, numbers, and what follows the question mark.
const varies = `[0-9a-f]{8}-[0-9a-f-]{27}|CVE-[0-9-]+|\?.*|\d+`

// Kind is a path without what differs between pages of one kind, so that
// /assets/1 and /assets/2 are the same.
func Kind(path string) string { return regexp.MustCompile(varies).ReplaceAllString(path, "N") }

// Walk follows links from the page at start and calls visit once for each kind
// of page that the reader can reach, at most limit times, with the path and
// from where a link led there. The tab is on that page during visit. Links to
// files are left out. Sending forms is not part of it.
func (p *Page) Walk(start string, limit int, visit func(path, from string)) {
	p.t.Helper()
	from, queue := map[string]string{Kind(start): ""}, []string{start}
	for len(queue) > 0 && limit > 0 {
		path := queue[0]
		queue = queue[1:]
		if p.isFile(path) {
			continue
		}
		limit--
		p.Open(path)
		visit(path, from[Kind(path)])
		var links []string
		p.Eval(`[...document.querySelectorAll("a[href^='/']")].map((a) => a.getAttribute("href").split("#")[0])`, &links)
		for _, link := range links {
			if _, seen := from[Kind(link)]; seen || link == "" {
				continue
			}
			from[Kind(link)] = path
			queue = append(queue, link)
		}
	}
}

// isFile asks for the path without going there.
func (p *Page) isFile(path string) bool {
	p.t.Helper()
	if p.Status() == 0 {
		return false // no page yet from which to ask
	}
	quoted, err := json.Marshal(path)
	if err != nil {
		p.t.Fatal(err)
	}
	var disposition string
	p.Eval(`fetch(`+string(quoted)+`).then((r) => r.headers.get("content-disposition") ?? "")`, &disposition)
	return disposition != ""
}
