package self_test

import (
	"testing"

	"github.com/torideproject/toride/internal/detect/watch/self"
	"github.com/torideproject/toride/internal/detect/watch/watchtest"
)

func TestWatch(t *testing.T) { watchtest.Run(t, self.New) }
