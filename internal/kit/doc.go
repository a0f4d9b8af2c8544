// Package kit has the commands that need no installation: they run from a USB
// stick on any PC, and inside toride too.
//
// A Host is what a command is run by: streams, words, language. The package
// may import neither the journal nor the store of events, so that
// toride-kit stays small and builds for Windows without a C compiler.
package kit
