// Command toride-kit is the part of Toride that needs no installation: it looks
// for traces of an attack in log files, from a USB stick, on Windows and
// Linux.
package main

import (
	"os"

	"github.com/torideproject/toride/internal/kit"
)

func main() { os.Exit(kit.Main()) }
