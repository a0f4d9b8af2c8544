package page

import (
	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/code128"
	"github.com/boombuler/barcode/qr"
)

// maxCode is how long a number may be for a bar code that fits on a label.
const maxCode = 32

// stripes gives the modules of a Code 128 (ISO/IEC 15417) without quiet zones;
// nil for what it cannot carry.
func stripes(text string) []bool {
	if text == "" || len(text) > maxCode {
		return nil
	}
	code, err := code128.Encode(text)
	if err != nil {
		return nil
	}
	return modules(code)[0]
}

// square gives the modules of a QR code (ISO/IEC 18004, level M), row by row,
// without the quiet zone; nil for what it cannot carry.
func square(text string) [][]bool {
	if text == "" || len(text) > maxCode {
		return nil
	}
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil
	}
	return modules(code)
}

func modules(code barcode.Barcode) [][]bool {
	b := code.Bounds()
	out := make([][]bool, b.Dy())
	for y := range out {
		out[y] = make([]bool, b.Dx())
		for x := range out[y] {
			r, _, _, _ := code.At(b.Min.X+x, b.Min.Y+y).RGBA()
			out[y][x] = r < 0x8000
		}
	}
	return out
}
