package access

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
)

// Bounds of a photograph. MaxPixels bounds the memory of decoding one: a PNG
// of 24 million pixels takes about 100 MB for a moment.
const (
	MaxPhoto   = 5 << 20    // bytes of the upload
	maxPixels  = 24_000_000 // width × height
	photoWidth = 1600       // longest side of what is kept
)

// photoFault names what was wrong with a photograph: a text key.
type photoFault string

func (e photoFault) Error() string { return string(e) }

// What may be wrong with a photograph.
const (
	photoKind   photoFault = "access.photo.kind"   // neither PNG nor JPEG
	photoLarge  photoFault = "access.photo.large"  // too many pixels
	photoBroken photoFault = "access.photo.broken" // cannot be decoded
)

// Reencode decodes a PNG or JPEG and writes it anew as JPEG with at most 1600
// pixels on its longer side, turned as its EXIF says. Nothing else of the file
// is kept: no place, no owner, no hidden program. The size is read before the
// pixels, so that a small file cannot claim a huge picture. Cost: about 0.2 s
// for a picture of a telephone.
func Reencode(data []byte) (jpg []byte, width, height int, err error) {
	var config image.Config
	decode := png.Decode
	turn := 1
	switch {
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		config, err = png.DecodeConfig(bytes.NewReader(data))
	case bytes.HasPrefix(data, []byte{0xFF, 0xD8, 0xFF}):
		decode, turn = jpeg.Decode, orientation(data)
		config, err = jpeg.DecodeConfig(bytes.NewReader(data))
	default:
		return nil, 0, 0, photoKind
	}
	if err != nil || config.Width < 1 || config.Height < 1 {
		return nil, 0, 0, photoBroken
	}
	if config.Width > maxPixels/config.Height {
		return nil, 0, 0, photoLarge
	}
	source, err := decode(bytes.NewReader(data))
	if err != nil {
		return nil, 0, 0, photoBroken
	}
	picture := shrink(source, photoWidth, turn)
	var out bytes.Buffer
	if err := jpeg.Encode(&out, picture, &jpeg.Options{Quality: 85}); err != nil {
		return nil, 0, 0, photoBroken
	}
	size := picture.Bounds().Size()
	return out.Bytes(), size.X, size.Y, nil
}

// shrink scales down so that no side exceeds limit, by the mean of the pixels
// that fall into one, and turns the result. Transparent parts become white.
func shrink(src image.Image, limit, turn int) *image.RGBA {
	b := src.Bounds()
	w, h := b.Dx(), b.Dy()
	longest := max(w, h)
	dw, dh := w, h
	if longest > limit {
		dw, dh = max(1, w*limit/longest), max(1, h*limit/longest)
	}
	ow, oh := dw, dh
	if turn >= 5 {
		ow, oh = dh, dw
	}
	out := image.NewRGBA(image.Rect(0, 0, ow, oh))
	for y := range dh {
		y0, y1 := b.Min.Y+y*h/dh, b.Min.Y+max((y+1)*h/dh, y*h/dh+1)
		for x := range dw {
			x0, x1 := b.Min.X+x*w/dw, b.Min.X+max((x+1)*w/dw, x*w/dw+1)
			px, py := turned(x, y, dw, dh, turn)
			out.SetRGBA(px, py, mean(src, x0, x1, y0, y1))
		}
	}
	return out
}

func mean(src image.Image, x0, x1, y0, y1 int) color.RGBA {
	var r, g, b, n uint64
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			cr, cg, cb, ca := src.At(x, y).RGBA() // premultiplied: add white for what lacks
			white := uint64(0xFFFF - ca)
			r, g, b, n = r+uint64(cr)+white, g+uint64(cg)+white, b+uint64(cb)+white, n+1
		}
	}
	return color.RGBA{R: byte(r / n >> 8), G: byte(g / n >> 8), B: byte(b / n >> 8), A: 0xFF}
}

// turned maps a pixel of a w × h picture by an EXIF orientation (TIFF 6.0,
// tag 274): 1 as is, 3 half round, 6 and 8 quarter turns, even ones mirrored.
func turned(x, y, w, h, turn int) (int, int) {
	switch turn {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return h - 1 - y, x
	case 7:
		return h - 1 - y, w - 1 - x
	case 8:
		return y, w - 1 - x
	}
	return x, y
}

// orientation reads the EXIF orientation of a JPEG, 1 when there is none. It
// looks only at the first APP1 segment and never beyond the data.
func orientation(jpg []byte) int {
	for at := 2; at+4 <= len(jpg) && jpg[at] == 0xFF; {
		kind, size := jpg[at+1], int(binary.BigEndian.Uint16(jpg[at+2:]))
		if size < 2 || at+2+size > len(jpg) || kind == 0xDA {
			return 1
		}
		segment := jpg[at+4 : at+2+size]
		if kind == 0xE1 && bytes.HasPrefix(segment, []byte("Exif\x00\x00")) {
			return tiffOrientation(segment[6:])
		}
		at += 2 + size
	}
	return 1
}

func tiffOrientation(tiff []byte) int {
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.LittleEndian
	if string(tiff[:2]) == "MM" {
		order = binary.BigEndian
	}
	first := uint64(order.Uint32(tiff[4:]))
	if first+2 > uint64(len(tiff)) {
		return 1
	}
	n := uint64(order.Uint16(tiff[first:]))
	for i := range n {
		at := first + 2 + i*12
		if at+12 > uint64(len(tiff)) {
			return 1
		}
		if order.Uint16(tiff[at:]) == 274 {
			if v := int(order.Uint16(tiff[at+8:])); v >= 1 && v <= 8 {
				return v
			}
			return 1
		}
	}
	return 1
}
