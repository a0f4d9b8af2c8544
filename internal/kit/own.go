package kit

import (
	"github.com/torideproject/toride/internal/detect/pack"
	"github.com/torideproject/toride/internal/detect/rulepack"
)

// ownPack is the pack of rules that comes with Toride.
func ownPack() (*rulepack.Pack, error) { return pack.Read() }
