package app

import "runtime/debug"

// release is the version of this source tree.
const release = "0.3.0"

// Version is the release, with the commit when the binary was built from a
// clean checkout.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return release
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return release + "-" + s.Value[:12]
		}
	}
	return release
}

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
	list := []Module{{Path: "go", Version: info.GoVersion}, {Path: info.Main.Path, Version: Version()}}
	for _, d := range info.Deps {
		list = append(list, Module{Path: d.Path, Version: d.Version, Sum: d.Sum})
	}
	return list
}
