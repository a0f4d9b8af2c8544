package shelf

import (
	"bytes"
	"errors"
	"io/fs"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/torideproject/toride/internal/chart/model"
)

// lines is a log that several goroutines write.
type lines struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.String()
}

// torn is a medium of which a patient's files cannot be found any more, and then
// nothing at all.
type torn struct {
	fs.FS
	of string
}

func (s torn) Open(name string) (fs.File, error) {
	if strings.Contains(name, s.of) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return s.FS.Open(name)
}

// A read that fails at a patient's file is said in the log, without the number
// that stands in the file's path.
func TestLog_HoldsNoPatient(t *testing.T) {
	t.Parallel()
	e, log, pulled := hospital().Expect(0), &lines{}, errors.New("pulled")
	var dead error
	fsys := &torn{FS: hospital().FS(), of: "no patient"}
	s := open(t, Config{Roots: []string{"stick"}, CacheBytes: -1, Log: slog.New(slog.NewTextHandler(log, nil)), open: func(*Config, string) (*medium, error) {
		return &medium{fsys: fsys, Closer: &stick{}, alive: func() error { return dead }}, nil
	}})
	chart, err := s.Read(t.Context(), e.ID, want())
	if err != nil || len(chart.Items) == 0 {
		t.Fatal(err)
	}
	var ref model.Ref
	for _, item := range chart.Items {
		if ref = item.Ref; strings.Contains(ref.Item, e.ID) {
			break
		}
	}
	fsys.of, dead = e.ID, pulled
	_, err = s.Document(t.Context(), ref)
	if err == nil || !strings.Contains(err.Error(), e.ID) {
		t.Errorf("the error does not name the file: %v", err)
	}
	if got := log.String(); !strings.Contains(got, "is away") || !strings.Contains(got, "pulled") || strings.Contains(got, e.ID) {
		t.Errorf("%s", got)
	}
}
