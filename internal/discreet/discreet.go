package discreet

import (
	"errors"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"syscall"

	"github.com/torideproject/toride/internal/fault"
)

// Error gives what may be said of an error in a log; "" for none.
func Error(err error) string { return say(err, 0) }

// deepest is how many errors within each other are said.
const deepest = 32

func say(err error, depth int) string {
	if err == nil {
		return ""
	}
	if depth > deepest {
		return "…"
	}
	switch e := err.(type) { //nolint:errorlint // each layer is looked at by itself
	case *fs.PathError:
		return e.Op + ": " + say(e.Err, depth+1)
	case *os.LinkError:
		return e.Op + ": " + say(e.Err, depth+1)
	case *os.SyscallError:
		return e.Syscall + ": " + say(e.Err, depth+1)
	case *fault.Error:
		if e.Cause == nil {
			return e.Msg.Key
		}
		return e.Msg.Key + ": " + say(e.Cause, depth+1)
	case syscall.Errno:
		return e.Error()
	case interface{ Unwrap() []error }:
		var parts []string
		for _, one := range e.Unwrap() {
			parts = append(parts, say(one, depth+1))
		}
		return strings.Join(parts, "; ")
	}
	whole := err.Error()
	if inner := errors.Unwrap(err); inner != nil {
		if before, ok := strings.CutSuffix(whole, inner.Error()); ok {
			return Text(before) + say(inner, depth+1)
		}
	}
	return Text(whole)
}

var (
	quoted = regexp.MustCompile(`"[^"]*"?`)
	digits = regexp.MustCompile(`[0-9]{3,}`)
	other  = regexp.MustCompile(`[^\x00-\x{024F}…]+`)
)

// Text gives what may be said of words that nobody knows the parts of.
func Text(s string) string {
	s = quoted.ReplaceAllString(s, `"…"`)
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		parts := strings.Split(line, ": ")
		for j, part := range parts {
			parts[j] = withoutPath(part)
		}
		lines[i] = strings.Join(parts, ": ")
	}
	s = digits.ReplaceAllString(strings.Join(lines, "\n"), "#")
	return other.ReplaceAllString(s, "…")
}

// withoutPath drops what begins with a path: names hold blanks, so that nobody
// knows where it ends.
func withoutPath(s string) string {
	at := 0
	for word := range strings.SplitAfterSeq(s, " ") {
		switch bare := strings.ToLower(strings.Trim(word, " ,;()")); {
		case bare == "input/output", bare == "read/write", bare == "i/o", bare == "and/or":
		case strings.ContainsAny(word, `/\`):
			return s[:at] + "…"
		}
		at += len(word)
	}
	return s
}
