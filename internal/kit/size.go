package kit

import "github.com/torideproject/toride/internal/text"

// size is a number of bytes in the unit that fits, rounded up, so that what is
// there is never said to be 0: KB below 1 MiB, MB below 10 GiB, GB from there.
func size(bytes int64) text.Msg {
	switch {
	case bytes < 1<<20:
		return text.M("kit.chart.size.kb", (bytes+1<<10-1)>>10)
	case bytes < 10<<30:
		return text.M("kit.chart.size.mb", (bytes+1<<20-1)>>20)
	}
	return text.M("kit.chart.size.gb", (bytes+1<<30-1)>>30)
}
