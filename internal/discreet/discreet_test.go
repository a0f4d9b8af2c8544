package discreet_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/torideproject/toride/internal/discreet"
	"github.com/torideproject/toride/internal/fault"
)

// number and name are a patient's, as they stand in the name of a file.
const (
	number = "0000012345"
	name   = "架空 花子"
)

func inner() error {
	return &fs.PathError{Op: "open", Path: "/mnt/SSMIX/000/001/" + number + "/20260101/OMP-01/" + name + "_1.HL7", Err: syscall.EIO}
}

func TestError_SaysWhatFailedAndNotWhom(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{inner(), "open: input/output error"},
		{fmt.Errorf("ssmix2: %w", inner()), "ssmix2: open: input/output error"},
		{fmt.Errorf("%s/%s: drugs: %w", number, name, inner()), "…: drugs: open: input/output error"},
		{fault.New(fault.Busy, "shelf.gone", "/mnt/"+number).With(inner()), "shelf.gone: open: input/output error"},
		{fault.New(fault.Busy, "shelf.gone", number), "shelf.gone"},
		{errors.Join(inner(), io.ErrUnexpectedEOF), "open: input/output error; unexpected EOF"},
		{fmt.Errorf("%w of %s, then %w", inner(), number, io.EOF), "open: input/output error; EOF"},
		{&os.LinkError{Op: "rename", Old: number, New: name, Err: syscall.ENOSPC}, "rename: no space left on device"},
		{os.NewSyscallError("readdirent", syscall.EIO), "readdirent: input/output error"},
		{fmt.Errorf("hl7: %s_OMP-01_%s.HL7: segment 2 is cut off", number, name), "hl7: #_OMP-01_… ….HL7: segment 2 is cut off"},
		{fmt.Errorf("the file %q is no message", number+name), `the file "…" is no message`},
		{errors.New("open " + `E:\写し\` + name + `\` + number + ".pdf: denied"), "open …: denied"},
		{fmt.Errorf("%w (%s)", io.ErrClosedPipe, number), "io: read/write on closed pipe (#)"},
		{errors.New("first\npatient " + number), "first\npatient #"},
	} {
		if got := discreet.Error(c.err); got != c.want {
			t.Errorf("%v:\n got %q\nwant %q", c.err, got, c.want)
		}
	}
	deep := inner()
	for range 1000 {
		deep = fmt.Errorf("%w", deep)
	}
	if got := discreet.Error(deep); len(got) > 1000 {
		t.Errorf("%d bytes", len(got))
	}
}

type shouting struct{}

func (*shouting) Error() string { panic("no") }

// Whatever way an error comes into a log, its patient does not.
func TestLogger_EveryWayIn(t *testing.T) {
	t.Parallel()
	for form, to := range map[string]func(io.Writer) slog.Handler{
		"text": func(w io.Writer) slog.Handler { return slog.NewTextHandler(w, nil) },
		"json": func(w io.Writer) slog.Handler { return slog.NewJSONHandler(w, nil) },
	} {
		var out bytes.Buffer
		log := discreet.Logger(slog.New(to(&out)))
		if discreet.Logger(log) != log {
			t.Error("it is wrapped twice")
		}
		log.Error("one", "err", inner(), "root", "/mnt/SSMIX", "n", 1234567, "none", nil)
		log.With("err", inner()).WithGroup("g").Warn("two", slog.Group("in", slog.Any("err", fmt.Errorf("x: %w", inner()))))
		log.Warn("three", "found", struct{ ID, Path string }{number, "a/" + name}, "panics", (*shouting)(nil))
		got := out.String()
		if strings.Contains(got, number) || strings.Contains(got, "花子") {
			t.Errorf("%s: %s", form, got)
		}
		for _, want := range []string{"open: input/output error", "/mnt/SSMIX", "1234567", "x: open", "one", "two", "three"} {
			if !strings.Contains(got, want) {
				t.Errorf("%s lacks %q: %s", form, want, got)
			}
		}
	}
	discreet.Logger(nil).Error("nobody hears it")
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"", "open a/b: x", number, `"` + number, name, "\xff\xfe" + number, ": : /", "a\n/b c: 1234"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := discreet.Text(s)
		run := 0
		for _, c := range []byte(got) {
			if run++; c < '0' || c > '9' {
				run = 0
			}
			if run >= 3 {
				t.Errorf("%q of %q", got, s)
			}
		}
	})
}
