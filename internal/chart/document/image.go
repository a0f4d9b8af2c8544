package document

import (
	"encoding/binary"
	"image"
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"
	"io"
)

// MaxPixels is the largest image that a page should show; a browser takes four
// bytes for each pixel, whatever the size of the file.
const MaxPixels = 100_000_000

// maxImageHead bounds how far the size of an image is looked for; photographs
// have previews and colour tables before it.
const maxImageHead = 4 << 20

// Measure says what an image is and how large, without decoding it: it reads
// its head alone. An image beyond MaxPixels, or whose head cannot be read, is
// not Inline, with Why. What is no image is given as Sniff sees it, with zeros.
func Measure(in io.Reader) (look Look, width, height int, err error) {
	head := make([]byte, HeadSize)
	n, err := io.ReadFull(in, head)
	if n == 0 && err != nil && err != io.EOF {
		return Look{}, 0, 0, err
	}
	look, width, height = measure(Sniff("", head[:n]), head[:n], in)
	return look, width, height, nil
}

// measure finds the size of an image of which head was read already.
func measure(look Look, head []byte, in io.Reader) (Look, int, int) {
	width, height := 0, 0
	switch look.MIME {
	case "image/webp":
		width, height = webp(head)
	case "image/png", "image/jpeg", "image/gif":
		rest := io.LimitReader(in, maxImageHead)
		if c, _, err := image.DecodeConfig(io.MultiReader(&prefix{head}, rest)); err == nil {
			width, height = c.Width, c.Height
		}
	default:
		return look, 0, 0
	}
	switch {
	case width <= 0 || height <= 0:
		look.Inline, look.Why = false, "document.image_damaged"
	case int64(width)*int64(height) > MaxPixels:
		look.Inline, look.Why = false, "document.image_large"
	}
	return look, width, height
}

// prefix reads bytes once.
type prefix struct{ data []byte }

func (p *prefix) Read(out []byte) (int, error) {
	if len(p.data) == 0 {
		return 0, io.EOF
	}
	n := copy(out, p.data)
	p.data = p.data[n:]
	return n, nil
}

// webp reads the size of a WebP: RFC 9649, sections 2.5 to 2.7.
func webp(b []byte) (width, height int) {
	if len(b) < 30 {
		return 0, 0
	}
	switch string(b[12:16]) {
	case "VP8X":
		return 1 + int(b[24]) + int(b[25])<<8 + int(b[26])<<16, 1 + int(b[27]) + int(b[28])<<8 + int(b[29])<<16
	case "VP8L":
		v := binary.LittleEndian.Uint32(b[21:])
		return 1 + int(v&0x3fff), 1 + int(v>>14&0x3fff)
	case "VP8 ":
		return int(binary.LittleEndian.Uint16(b[26:]) & 0x3fff), int(binary.LittleEndian.Uint16(b[28:]) & 0x3fff)
	}
	return 0, 0
}
