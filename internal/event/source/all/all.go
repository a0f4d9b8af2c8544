// Package all lists the kinds of sources. It is the only place that knows them
// all; adding one is a folder and a line here.
package all

import (
	"github.com/torideproject/toride/internal/event/source"
	"github.com/torideproject/toride/internal/event/source/bulk"
	"github.com/torideproject/toride/internal/event/source/syslog"
)

// Kinds lists every kind, in the order of forms.
func Kinds() []source.Kind {
	return []source.Kind{syslog.Kind(), bulk.Kind()}
}
