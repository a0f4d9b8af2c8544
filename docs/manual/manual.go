// Package manual holds the manual's pages in Japanese and English, so that the
// binary carries them into a network without internet. Each page is one
// Markdown file with the same name in both folders; its first heading is its
// title, and the number before the dash orders the table of contents.
package manual

import "embed"

// Files holds ja/*.md and en/*.md.
//
//go:embed ja/*.md en/*.md
var Files embed.FS
