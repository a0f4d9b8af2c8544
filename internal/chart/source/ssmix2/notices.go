package ssmix2

import (
	"slices"
	"strconv"
	"strings"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/ssmix2"
)

// maxOfCode is how many notices of one code are given one by one; how many
// further ones there were is a notice of its own.
const maxOfCode = 20

// notices collects what is not as it should be.
type notices struct {
	all   []model.Notice
	count map[string]int
}

func (n *notices) add(level, code string, ref model.Ref, args ...string) {
	if n.count == nil {
		n.count = map[string]int{}
	}
	if n.count[code]++; n.count[code] <= maxOfCode {
		n.all = append(n.all, model.Notice{Level: level, Code: code, Args: args, Ref: ref})
	}
}

// lint takes a lint of the store: its arguments are the path, then what the
// code's comment in package ssmix2 says.
func (n *notices) lint(l ssmix2.Lint, ref model.Ref) {
	args := append([]string{l.Path}, l.Args...)
	if l.Code == ssmix2.PatientTwice {
		args = []string{l.Path, strings.Join(l.Args, ", ")}
	}
	n.add(levelOf(l.Code), string(l.Code), ref, args...)
}

// list gives them, the most pressing first; behind those of a level stands how
// many further ones there were of a code.
func (n *notices) list() []model.Notice {
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

// levelOf says how much a reader of the chart has to mind a lint.
func levelOf(c ssmix2.Code) string {
	switch c {
	case ssmix2.MessagePatient:
		return model.Danger
	case ssmix2.DirUnreadable, ssmix2.DirTooLarge, ssmix2.TooDeep, ssmix2.FileUnreadable, ssmix2.FileEmpty, ssmix2.FileTooLarge, ssmix2.FileNotHL7,
		ssmix2.FileDamaged, ssmix2.TwoValid, ssmix2.NoneValid, ssmix2.NewerDeleted, ssmix2.PatientTwice, ssmix2.MessageNobody, ssmix2.NamePatient,
		ssmix2.NameUnreadable, ssmix2.LinkRefused, ssmix2.DocumentEmpty:
		return model.Warn
	}
	return model.Info
}
