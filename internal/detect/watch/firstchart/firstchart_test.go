package firstchart_test

import (
	"testing"

	"github.com/torideproject/toride/internal/detect/watch/firstchart"
	"github.com/torideproject/toride/internal/detect/watch/watchtest"
)

func TestWatch(t *testing.T) { watchtest.Run(t, firstchart.New) }
