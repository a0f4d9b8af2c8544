package outside_test

import (
	"testing"

	"github.com/torideproject/toride/internal/detect/watch/outside"
	"github.com/torideproject/toride/internal/detect/watch/watchtest"
)

func TestWatch(t *testing.T) { watchtest.Run(t, outside.New) }
