package sshd_test

import (
	"testing"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/format/all"
	"github.com/torideproject/toride/internal/event/format/formattest"
)

func member() event.Format { return all.Named(formattest.Zone())["sshd"] }

func TestConformance(t *testing.T) { formattest.Run(t, member) }

func FuzzNormalise(f *testing.F) { formattest.Fuzz(f, member()) }

func BenchmarkNormalise(b *testing.B) {
	for _, name := range []string{"failed"} {
		b.Run(name, func(b *testing.B) { formattest.Bench(b, member(), name) })
	}
}
