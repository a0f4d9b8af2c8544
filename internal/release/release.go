package release

import "runtime/debug"

// Number is the release of this source tree.
const Number = "0.3.0"

// Version is the release, with the first 12 digits of the commit where the
// binary was built from a checkout.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return Number
	}
	return of(info.Settings)
}

func of(settings []debug.BuildSetting) string {
	for _, s := range settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return Number + "-" + s.Value[:12]
		}
	}
	return Number
}
