package vendoraccount_test

import (
	"testing"

	"github.com/torideproject/toride/internal/detect/watch/vendoraccount"
	"github.com/torideproject/toride/internal/detect/watch/watchtest"
)

func TestWatch(t *testing.T) { watchtest.Run(t, vendoraccount.New) }
