package rulepack

import (
	"errors"
	"io/fs"
	"slices"

	"github.com/torideproject/toride/sigma"
)

// LooseFolder and LooseZip are FromFolder and FromZip for a single look through
// files: a file that cannot be read, and a document that cannot be taken, are
// left out and listed in Pack.Refused, whether there is a manifest or not. What
// detects day after day must not be read so: half a pack would miss things for
// years.
func LooseFolder(fsys fs.FS) (*Bundle, *sigma.Problem) {
	return (&Bundle{loose: true}).fromFolder(fsys)
}

// LooseZip is LooseFolder for a zip.
func LooseZip(data []byte) (*Bundle, *sigma.Problem) { return (&Bundle{loose: true}).fromZip(data) }

// maxLeft bounds the files that a loose reader leaves out before it gives up.
const maxLeft = 2000

// leave notes a file that is left out. It gives the problem back when it ends
// the reading: of a strict reader always, of a loose one when it is no matter
// of one file.
func (b *Bundle) leave(p *sigma.Problem) *sigma.Problem {
	if p == nil || !b.loose || len(b.left) >= maxLeft || p.Code == PackTooBig && p.Why != whyFileKib {
		return p
	}
	b.left = append(b.left, *p)
	return nil
}

// loosely gives of the problems that refuse a pack those without which nothing
// is left; the others are listed.
func (p *Pack) loosely(fatal []sigma.Problem) []sigma.Problem {
	if len(p.Rules) == 0 {
		if len(p.Refused) > 0 { // why there is none
			return slices.Clone(p.Refused[:min(len(p.Refused), maxTold)])
		}
		return fatal
	}
	for _, q := range fatal {
		if q.Code == WrongCount {
			p.Refused = append(p.Refused, q)
		}
	}
	return nil
}

// bare is an error of the system without the path, which stands beside it.
func bare(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}
