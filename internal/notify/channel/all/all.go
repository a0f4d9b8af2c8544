// Package all lists the kinds of channels. It is the only place that knows
// them all; adding one is a folder and a line here.
package all

import (
	"github.com/torideproject/toride/internal/notify/channel"
	"github.com/torideproject/toride/internal/notify/channel/lamp"
	"github.com/torideproject/toride/internal/notify/channel/mail"
	"github.com/torideproject/toride/internal/notify/channel/syslog"
	"github.com/torideproject/toride/internal/notify/channel/trap"
	"github.com/torideproject/toride/internal/notify/channel/webhook"
)

// Kinds lists every kind, in the order of forms.
func Kinds() []channel.Kind {
	return []channel.Kind{mail.Kind(), lamp.Kind(), trap.Kind(), webhook.Kind(), syslog.Kind()}
}
