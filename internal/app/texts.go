package app

import (
	"embed"
	"io/fs"

	"github.com/torideproject/toride/internal/chart/station"
	"github.com/torideproject/toride/internal/demo"
	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/internal/event/journal"
	"github.com/torideproject/toride/internal/event/query"
	"github.com/torideproject/toride/internal/event/segment"
	sources "github.com/torideproject/toride/internal/event/source/all"
	"github.com/torideproject/toride/internal/event/store"
	"github.com/torideproject/toride/internal/seal"
	"github.com/torideproject/toride/internal/sheet"
	"github.com/torideproject/toride/internal/webtls"
)

//go:embed text_*.json
var files embed.FS

// kernelTexts are the sentences of packages that have no pages.
func kernelTexts() []fs.FS {
	own := append(sources.Texts(), station.RoomTexts()...)
	return append(own, files, seal.Texts(), sheet.Texts, demo.Texts(), journal.Texts(), query.Texts, store.Texts(), segment.Texts, rulepack.Texts(), webtls.Texts())
}
