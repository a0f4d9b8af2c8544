package query

import (
	"strconv"
	"strings"
	"time"
	"unicode"
)

// String writes the expression in the language that Parse reads. Parse makes an
// expression of it that finds the same.
func (e Expr) String() string {
	if e.Op == OpAnd && len(e.Kids) == 0 {
		return ""
	}
	var b strings.Builder
	e.write(&b, false)
	return b.String()
}

// write writes e, in parentheses when it has parts and is itself one.
func (e *Expr) write(b *strings.Builder, part bool) {
	switch e.Op {
	case OpTest:
		e.Test.write(b, part)
		return
	case OpNot:
		b.WriteString("not ")
		e.Kids[0].write(b, true)
		return
	}
	op := " and "
	if e.Op == OpOr {
		op = " or "
	}
	if len(e.Kids) == 0 {
		if e.Op == OpAnd {
			b.WriteString("*")
		} else {
			b.WriteString("not *") // none of nothing
		}
		return
	}
	if part {
		b.WriteString("(")
	}
	for i := range e.Kids {
		if i > 0 {
			b.WriteString(op)
		}
		e.Kids[i].write(b, true)
	}
	if part {
		b.WriteString(")")
	}
}

func (t *Test) write(b *strings.Builder, part bool) {
	if t.How == Between {
		t.writeRange(b, part)
		return
	}
	if t.Field != "" {
		b.WriteString(t.Field + ": ")
	}
	switch t.How {
	case Is:
		b.WriteString(`"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "“", `\“`, "”", `\”`, "＂", `\＂`).Replace(t.Value) + `"`)
	case Like:
		writePattern(b, t.Value)
	case Exists:
		b.WriteString("*")
	case Within:
		b.WriteString(t.Value)
	}
}

// writePattern escapes what would end a word. \* and \\ stay.
func writePattern(b *strings.Builder, s string) {
	escaped := false
	for _, r := range s {
		if !escaped && r != '\\' && r != '*' && special(r) || unicode.IsSpace(r) {
			b.WriteByte('\\')
		}
		escaped = !escaped && r == '\\'
		b.WriteRune(r)
	}
}

func (t *Test) writeRange(b *strings.Builder, part bool) {
	value := func(n float64) string {
		if f, ok := core(t.Field); ok && f.Kind == Time {
			return time.UnixMicro(int64(n)).UTC().Format("2006-01-02T15:04:05.000000Z07:00")
		}
		return strconv.FormatFloat(n, 'g', -1, 64)
	}
	low, high := t.From > -infinite, t.To < infinite
	switch {
	case low && high:
		if part {
			b.WriteString("(")
		}
		b.WriteString(t.Field + " >= " + value(t.From) + " and " + t.Field + " < " + value(t.To))
		if part {
			b.WriteString(")")
		}
	case high:
		b.WriteString(t.Field + " < " + value(t.To))
	default:
		b.WriteString(t.Field + " >= " + value(max(t.From, -infinite)))
	}
}
