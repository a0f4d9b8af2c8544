// Package demodata holds two configuration files of a made-up meal supplier's
// FortiGate: as it was found, with the faults of 2022, and as it is after the
// repair. Names, addresses and secrets in them are invented; addresses come
// from the ranges for documentation and from private networks.
package demodata

import _ "embed"

//go:embed kyushoku-fgt60e.conf
var before []byte

//go:embed kyushoku-fgt60e-after.conf
var after []byte

// Name is the file name under which people would have saved the file.
const Name = "kyushoku-fgt60e.conf"

// Before gives the configuration as it was found: FortiOS 5.4.8, remote desktop
// always open, no second factor.
func Before() []byte { return append([]byte(nil), before...) }

// After gives the configuration after the repair.
func After() []byte { return append([]byte(nil), after...) }
