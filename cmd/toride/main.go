// Command toride keeps a hospital treating patients through a ransomware
// attack: the register of what is connected, the outside lines and who may
// open them, the holes, the incident and the inspection. See docs/manual.
package main

import (
	"os"

	"github.com/torideproject/toride/internal/cli"
)

func main() { os.Exit(cli.Main()) }
