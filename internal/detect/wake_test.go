package detect_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/detect"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/notify"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/sigma"
)

// calls writes down what it is asked.
type calls struct{ said []string }

func (c *calls) Raise(_ context.Context, _ *ledger.Tx, r notify.Raise) error {
	c.said = append(c.said, fmt.Sprintf("raise %s %s %s", r.Key, r.Level, r.URL))
	return nil
}
func (c *calls) Settle(_ context.Context, _ *ledger.Tx, key string, why text.Msg) error {
	c.said = append(c.said, "settle "+key+" "+why.Key)
	return nil
}
func (c *calls) Nudge() { c.said = append(c.said, "nudge") }

var _ detect.Caller = (*notify.Desk)(nil)

func TestWaker(t *testing.T) {
	t.Parallel()
	f := func(n detect.Notice, want string) {
		t.Helper()
		n.Story, n.URL = "s1", "/alerts/stories/s1"
		c := &calls{}
		if err := (detect.Waker{Calls: c}).Story(t.Context(), nil, n); err != nil || strings.Join(c.said, ";") != want {
			t.Errorf("%s %s: %v %v, want %s", n.Kind, n.Level, c.said, err, want)
		}
	}
	f(detect.Notice{Kind: detect.Opened, Level: sigma.Critical}, "raise story/s1 critical /alerts/stories/s1")
	f(detect.Notice{Kind: detect.Raised, Level: sigma.High}, "raise story/s1 high /alerts/stories/s1")
	f(detect.Notice{Kind: detect.Opened, Level: sigma.Medium}, "raise story/s1 info /alerts/stories/s1")
	f(detect.Notice{Kind: detect.Opened, Level: sigma.Critical, Quiet: true}, "raise story/s1 info /alerts/stories/s1")
	f(detect.Notice{Kind: detect.Grew, Level: sigma.Critical}, "")
	f(detect.Notice{Kind: detect.Taken, Level: sigma.Critical}, "settle story/s1 detect.wake.taken")
	f(detect.Notice{Kind: detect.Settled}, "settle story/s1 detect.wake.settled")
	f(detect.Notice{Kind: detect.Joined}, "settle story/s1 detect.wake.joined")
}
