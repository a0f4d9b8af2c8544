package source

import (
	"slices"
	"strconv"

	"github.com/torideproject/toride/internal/chart/model"
)

// maxOfCode is how many notices of one code are given one by one; how many
// further ones there were is a notice of its own.
const maxOfCode = 20

// Notices collects what a member found not to be as it should. The zero value
// is ready; it is not for several goroutines.
type Notices struct {
	all   []model.Notice
	count map[string]int
}

// Add takes a notice. The text of its code is "chart.notice.<code>".
func (n *Notices) Add(level, code string, ref model.Ref, args ...string) {
	if n.count == nil {
		n.count = map[string]int{}
	}
	if n.count[code]++; n.count[code] <= maxOfCode {
		n.all = append(n.all, model.Notice{Level: level, Code: code, Args: args, Ref: ref})
	}
}

// Len is how many List gives one by one.
func (n *Notices) Len() int { return len(n.all) }

// List gives them, the most pressing first; behind those of a level stands how
// many further ones there were of a code.
func (n *Notices) List() []model.Notice {
	var out []model.Notice
	for _, level := range []string{model.Danger, model.Warn, model.Info} {
		var more []model.Notice
		for _, x := range n.all {
			if x.Level != level {
				continue
			}
			out = append(out, x)
			if left := n.count[x.Code] - maxOfCode; left > 0 && !slices.ContainsFunc(more, func(m model.Notice) bool { return m.Args[1] == x.Code }) {
				more = append(more, model.Notice{Level: level, Code: "more", Args: []string{strconv.Itoa(left), x.Code}})
			}
		}
		out = append(out, more...)
	}
	return out
}
