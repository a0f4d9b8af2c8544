package source

import (
	"path"
	"strconv"

	"github.com/torideproject/toride/internal/chart/model"
)

// maxAlike is how many notices of one code are given one by one. Of more, one is
// given, and a second says how many others there are and names two of them: a
// damaged disk says the same of every file, and twenty sentences hide the one
// that says something else.
const maxAlike = 3

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
	if n.count[code]++; n.count[code] <= maxAlike {
		n.all = append(n.all, model.Notice{Level: level, Code: code, Args: args, Ref: ref})
	}
}

// Len is how many List gives one by one.
func (n *Notices) Len() int { return len(n.all) }

// List gives them, the most pressing first; behind the first of many of a code
// stands how many others there are, and where two of them are.
func (n *Notices) List() []model.Notice {
	var out []model.Notice
	for _, level := range []string{model.Danger, model.Warn, model.Info} {
		told := map[string]bool{}
		for i, x := range n.all {
			switch {
			case x.Level != level || told[x.Code]:
				continue
			case n.count[x.Code] <= maxAlike:
				out = append(out, x)
				continue
			}
			told[x.Code] = true
			out = append(out, x, n.others(i))
		}
	}
	return out
}

// others stands for all of a code behind the first.
func (n *Notices) others(first int) model.Notice {
	x := n.all[first]
	more := model.Notice{Level: x.Level, Code: "more", Args: []string{strconv.Itoa(n.count[x.Code] - 1), x.Code, "", ""}}
	at := 2
	for _, y := range n.all[first+1:] {
		if y.Code != x.Code || at == len(more.Args) {
			continue
		}
		if more.Ref == (model.Ref{}) {
			more.Ref = y.Ref
		}
		if len(y.Args) > 0 {
			more.Args[at] = path.Base(y.Args[0])
		}
		at++
	}
	return more
}
