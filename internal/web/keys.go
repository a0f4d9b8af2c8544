package web

import "strings"

// letters gives each place of the navigation a key of its own: the first
// letter of its path that no earlier place has taken. It looks at all places,
// not only at those which one reader may enter, so that a key means the same
// for everybody. Places for which no letter is left get none.
func letters(nav []Nav) map[string]string {
	taken, out := map[rune]bool{}, map[string]string{}
	for _, n := range nav {
		path := n.URL
		if path == "/" {
			path = "home"
		}
		for _, r := range strings.ToLower(path) {
			if r < 'a' || r > 'z' || taken[r] {
				continue
			}
			taken[r] = true
			out[n.URL] = string(r)
			break
		}
	}
	return out
}
