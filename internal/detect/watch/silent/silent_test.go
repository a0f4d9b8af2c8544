package silent_test

import (
	"testing"

	"github.com/torideproject/toride/internal/detect/watch/silent"
	"github.com/torideproject/toride/internal/detect/watch/watchtest"
)

func TestWatch(t *testing.T) { watchtest.Run(t, silent.New) }
