package apart

import (
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// See looks at the box that the program runs on.
func See() Host { return linux(os.DirFS("/")) }

// Stand says where a folder lies. A folder that cannot be looked at has neither
// device nor kind.
func Stand(dir string) Place {
	p := Place{Path: dir}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return p
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		abs = real
	}
	var st unix.Stat_t
	if err := unix.Stat(abs, &st); err != nil {
		return p
	}
	p.Device = "dev " + strconv.FormatUint(uint64(st.Dev), 16) //nolint:unconvert // its width differs between systems
	mounts, _ := content(os.DirFS("/"), "proc/self/mounts")
	_, p.Net = mounted(mounts, abs)
	return p
}
