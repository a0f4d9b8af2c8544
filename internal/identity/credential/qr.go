package credential

import (
	"fmt"
	"image/color"
	"strconv"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// QR is a square code as one SVG path, drawn by the page: no picture, no data:
// address, and it prints sharp.
type QR struct {
	Size int    // modules on a side with the quiet zone of four on each side
	Path string // the d attribute, in modules
}

const quiet = 4

// NewQR draws content with error correction M.
func NewQR(content string) (QR, error) {
	code, err := qr.Encode(content, qr.M, qr.Auto)
	if err != nil {
		return QR{}, fmt.Errorf("identity: qr: %w", err)
	}
	side := code.Bounds().Dx()
	var d strings.Builder
	for y := range side {
		for x := 0; x < side; x++ {
			start := x
			for x < side && code.At(x, y) == color.Black {
				x++
			}
			if x > start {
				fmt.Fprintf(&d, "M%d %dh%dv1h-%dz", start+quiet, y+quiet, x-start, x-start)
			}
		}
	}
	return QR{Size: side + 2*quiet, Path: d.String()}, nil
}

// ViewBox is the attribute of the SVG.
func (q QR) ViewBox() string {
	n := strconv.Itoa(q.Size)
	return "0 0 " + n + " " + n
}
