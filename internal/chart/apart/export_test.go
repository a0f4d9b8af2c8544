package apart

import "io/fs"

// Linux reads a system below root.
func Linux(root fs.FS) Host { return linux(root) }

// Mounted is mounted.
func Mounted(mounts, dir string) (device, net string) { return mounted(mounts, dir) }
