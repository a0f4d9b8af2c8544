package app

import (
	"runtime/debug"

	"github.com/torideproject/toride/internal/release"
)

// Module is one module that is linked into the binary.
type Module struct {
	Path    string `json:"path"`
	Version string `json:"version"`
	Sum     string `json:"sum,omitempty"`
}

// Modules lists what the binary is made of, for a bill of materials.
func Modules() []Module {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	list := []Module{{Path: "go", Version: info.GoVersion}, {Path: info.Main.Path, Version: release.Version()}}
	for _, d := range info.Deps {
		list = append(list, Module{Path: d.Path, Version: d.Version, Sum: d.Sum})
	}
	return list
}
