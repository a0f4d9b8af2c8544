// Package release knows which release a binary is. The number stands here and
// nowhere else; what the binary was built from, its commit, is what the Go tool
// put into it.
package release
