package rulepack

import (
	"archive/zip"
	"bytes"
	"io/fs"

	"github.com/torideproject/toride/sigma"
)

// reader gives the bundle as a file system.
func (b *Bundle) reader() (fs.FS, error) {
	data, err := b.zip(zip.Store)
	if err != nil {
		return nil, err
	}
	return zip.NewReader(bytes.NewReader(data), int64(len(data)))
}

// Title is what the rule is called: in both languages where it says so, else as
// its author wrote it.
func (r *Rule) Title() Words {
	if r.About != nil && !r.About.Title.Zero() {
		return r.About.Title
	}
	if r.Correlation != nil {
		return Same(r.Correlation.Title)
	}
	return Same(r.Sigma.Title)
}

// Level is the rule's severity.
func (r *Rule) Level() sigma.Level {
	if r.Correlation != nil {
		return r.Correlation.Level
	}
	return r.Sigma.Level
}

// Tags are those of Sigma.
func (r *Rule) Tags() []string {
	if r.Correlation != nil {
		return r.Correlation.Tags
	}
	return r.Sigma.Tags
}

// Steps are those the rule names, else those that its ATT&CK tags stand for.
func (r *Rule) Steps() []Step {
	if r.About != nil && len(r.About.Steps) > 0 {
		return r.About.Steps
	}
	return StepsOf(r.Tags())
}

// Place is file and line.
func (r *Rule) Place() (file string, line int) {
	if r.Correlation != nil {
		return r.Correlation.File, r.Correlation.Line
	}
	return r.Sigma.File, r.Sigma.Line
}

// Diff is what an update of a pack does.
type Diff struct {
	New, Changed, Gone []*Rule
	Same               int
}

// Compare says what becomes of the rules of old when next takes its place; old
// may be nil.
func Compare(old, next *Pack) Diff {
	var d Diff
	before := map[string]*Rule{}
	if old != nil {
		for _, r := range old.Rules {
			before[r.Key] = r
		}
	}
	for _, r := range next.Rules {
		was, known := before[r.Key]
		delete(before, r.Key)
		switch {
		case !known:
			d.New = append(d.New, r)
		case was.Hash != r.Hash:
			d.Changed = append(d.Changed, r)
		default:
			d.Same++
		}
	}
	if old != nil {
		for _, r := range old.Rules {
			if before[r.Key] != nil {
				d.Gone = append(d.Gone, r)
			}
		}
	}
	return d
}
