package ssmix2

import (
	"strings"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/ssmix2"
)

// notices are those of source, with the lints of a store.
type notices struct{ source.Notices }

// lint takes a lint of the store: its arguments are the path, then what the
// code's comment in package ssmix2 says.
func (n *notices) lint(l ssmix2.Lint, ref model.Ref) {
	args := append([]string{l.Path}, l.Args...)
	if l.Code == ssmix2.PatientTwice {
		args = []string{l.Path, strings.Join(l.Args, ", ")}
	}
	n.Add(levelOf(l.Code), string(l.Code), ref, args...)
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
