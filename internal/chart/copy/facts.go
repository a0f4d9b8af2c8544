package copy

import (
	"errors"
	"path"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/chart/vault"
	"github.com/torideproject/toride/internal/fault"
)

// maxExamples is how many paths a finding names.
const maxExamples = 5

// facts is what is seen of a generation while it is made or checked, as far as
// judging needs it. The merge and the writer both add to it.
type facts struct {
	mu sync.Mutex
	Counts
	Looked   int64 // files whose content was looked at
	counts   map[Code]int64
	examples map[Code][]string
	touched  map[int]int64 // day → files of standard storage changed in place or removed
	kinds    map[string]map[int]int64
	limits   *Limits
	zone     *time.Location
}

func newFacts() facts {
	return facts{counts: map[Code]int64{}, examples: map[Code][]string{}, touched: map[int]int64{}}
}

// note counts something found; the first few are named.
func (f *facts) note(c Code, name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.noteLocked(c, name)
}

func (f *facts) noteLocked(c Code, name string) {
	f.counts[c]++
	if len(f.examples[c]) < maxExamples && name != "" {
		f.examples[c] = append(f.examples[c], name)
	}
}

func (f *facts) took(bytes int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Read++
	f.Taken += bytes
}

func (f *facts) kept(e *vault.Entry) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Files++
	f.Bytes += e.Size
	f.Counts.Kept++
}

func (f *facts) keptReread(e *vault.Entry, found Code, name string) {
	f.kept(e)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Reread++
	f.Looked++
	if found != "" {
		f.noteLocked(found, name)
	}
}

func (f *facts) carried(e *vault.Entry, name string, tell bool) {
	f.kept(e)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Carried++
	if tell {
		f.noteLocked(CodeCarried, name)
	}
}

func (f *facts) lost(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Lost++
	f.noteLocked(CodeCarried, name)
}

// removed counts a file that the generation before had and the source has not.
// A message that was superseded goes by its name: its successor is there under
// another flag, so that only its bytes tell; renames are counted as such.
func (f *facts) removed(e *vault.Entry) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Removed++
	if e.Day > 0 {
		f.touched[e.Day]++
	}
}

// added counts a file that was read and written.
func (f *facts) added(t *task, e *vault.Entry) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Files++
	f.Bytes += e.Size
	f.Looked++
	base := path.Base(t.path)
	if f.limits != nil && ransomNote(f.limits, base) {
		f.noteLocked(CodeNote, t.path)
	}
	if f.limits != nil && ransomEnding(f.limits, base) {
		f.noteLocked(CodeEnding, t.path)
	}
	if t.note.found != "" {
		f.noteLocked(t.note.found, t.path)
	}
	if t.note.unstable {
		f.noteLocked(CodeUnstable, t.path)
	}
	if !t.had {
		f.New++
		return
	}
	same := e.SHA256 == t.old.SHA256
	switch {
	case t.again:
		f.Reread++
		if !same {
			f.noteLocked(CodeSilent, t.path)
		}
	case same:
		return // touched, or a pack that was to be written anew
	}
	if same {
		return
	}
	f.Changed++
	if t.shape.standard {
		f.noteLocked(CodeInPlace, t.path)
	}
	if t.shape.day > 0 {
		f.touched[t.shape.day]++
	}
}

// isFault reports whether an error is the fault of a key.
func isFault(err error, key string) bool {
	f, ok := errors.AsType[*fault.Error](err)
	return ok && f.Msg.Key == key
}
