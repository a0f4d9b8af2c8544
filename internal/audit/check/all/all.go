// Package all lists the members of the family of audit checks. A new check is
// one folder and one line here; nothing registers itself.
package all

import (
	"github.com/torideproject/toride/internal/audit/check"
	"github.com/torideproject/toride/internal/audit/check/adminwan"
	"github.com/torideproject/toride/internal/audit/check/anypolicy"
	"github.com/torideproject/toride/internal/audit/check/lockout"
	"github.com/torideproject/toride/internal/audit/check/logging"
	"github.com/torideproject/toride/internal/audit/check/mfa"
	"github.com/torideproject/toride/internal/audit/check/rdp"
	"github.com/torideproject/toride/internal/audit/check/sslvpn"
	"github.com/torideproject/toride/internal/audit/check/version"
	"github.com/torideproject/toride/internal/exposure/pack"
)

// All gives the checks in the order in which result pages show them.
func All(ranges *pack.Pack) []check.Check {
	return []check.Check{
		version.New(ranges),
		rdp.New(),
		adminwan.New(),
		sslvpn.New(),
		anypolicy.New(),
		mfa.New(),
		lockout.New(),
		logging.New(),
	}
}
