package pack

import (
	"embed"
	"fmt"
	"io/fs"

	"github.com/torideproject/toride/internal/detect/rulepack"
)

//go:embed pack.json rules
var files embed.FS

// FS gives the files of the pack.
func FS() fs.FS { return files }

// Read reads the pack. Cost: some milliseconds; read it once.
func Read() (*rulepack.Pack, error) {
	bundle, problem := rulepack.FromFolder(files)
	if problem != nil {
		return nil, fmt.Errorf("detect/pack: %w", problem)
	}
	p, problems := rulepack.Read(bundle, rulepack.Manifest{})
	if p == nil {
		return nil, fmt.Errorf("detect/pack: %w", &problems[0])
	}
	return p, nil
}
