package comply_test

import (
	"strconv"
	"time"
)

func jst() *time.Location { return time.FixedZone("JST", 9*3600) }

func itoa(n int) string { return strconv.Itoa(n) }
