package access

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"
)

// picture is a PNG whose left upper quarter is red.
func picture(t testing.TB, w, h int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, painted(w, h)); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func painted(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetRGBA(x, y, color.RGBA{R: 0xFF, G: 0xFF, B: 0xFF, A: 0xFF})
			if x < w/2 && y < h/2 {
				img.SetRGBA(x, y, color.RGBA{R: 0xFF, A: 0xFF})
			}
		}
	}
	return img
}

// withEXIF puts an orientation and a place name into a JPEG.
func withEXIF(t testing.TB, turn uint16) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, painted(200, 100), nil); err != nil {
		t.Fatal(err)
	}
	tiff := []byte("II*\x00\x08\x00\x00\x00\x01\x00")
	entry := make([]byte, 12)
	binary.LittleEndian.PutUint16(entry, 274)
	binary.LittleEndian.PutUint16(entry[2:], 3)
	binary.LittleEndian.PutUint32(entry[4:], 1)
	binary.LittleEndian.PutUint16(entry[8:], turn)
	body := append([]byte("Exif\x00\x00"), append(append(tiff, entry...), "\x00\x00\x00\x00SECRETPLACE"...)...)
	segment := append([]byte{0xFF, 0xE1, 0, 0}, body...)
	binary.BigEndian.PutUint16(segment[2:], uint16(len(body)+2))
	return append(append([]byte{0xFF, 0xD8}, segment...), out.Bytes()[2:]...)
}

func TestReencode_KeepsNothingElse(t *testing.T) {
	t.Parallel()
	secret := append(picture(t, 40, 30), "<script>SECRET</script>"...)
	jpg, w, h, err := Reencode(secret)
	if err != nil || w != 40 || h != 30 || bytes.Contains(jpg, []byte("SECRET")) {
		t.Errorf("%d × %d, %v, keeps what was behind the picture: %v", w, h, err, bytes.Contains(jpg, []byte("SECRET")))
	}
	if again, _, _, err := Reencode(withEXIF(t, 1)); err != nil || bytes.Contains(again, []byte("SECRETPLACE")) || bytes.Contains(again, []byte("Exif")) {
		t.Errorf("keeps EXIF, or %v", err)
	}
}

func TestReencode_Shrinks(t *testing.T) {
	t.Parallel()
	if _, w, h, err := Reencode(picture(t, 3200, 800)); err != nil || w != 1600 || h != 400 {
		t.Errorf("%d × %d %v", w, h, err)
	}
}

func TestReencode_Turns(t *testing.T) {
	t.Parallel()
	f := func(turn uint16, w, h, redX, redY int) {
		t.Helper()
		jpg, gw, gh, err := Reencode(withEXIF(t, turn))
		if err != nil || gw != w || gh != h {
			t.Errorf("turn %d: %d × %d %v", turn, gw, gh, err)
			return
		}
		img, err := jpeg.Decode(bytes.NewReader(jpg))
		if err != nil {
			t.Fatal(err)
		}
		if _, g, _, _ := img.At(redX, redY).RGBA(); g > 0x4000 {
			t.Errorf("turn %d: %d,%d is not red", turn, redX, redY)
		}
	}
	f(1, 200, 100, 20, 20)
	f(3, 200, 100, 180, 80)
	f(6, 100, 200, 80, 20)
	f(8, 100, 200, 20, 180)
	f(9, 200, 100, 20, 20) // no such turn
}

func TestReencode_Refuses(t *testing.T) {
	t.Parallel()
	f := func(want photoFault, data []byte) {
		t.Helper()
		if _, _, _, err := Reencode(data); err != want {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	f(photoKind, nil)
	f(photoKind, []byte("GIF89a"))
	f(photoKind, []byte("<svg xmlns='http://www.w3.org/2000/svg'/>"))
	f(photoBroken, picture(t, 40, 30)[:60])
	f(photoBroken, []byte{0xFF, 0xD8, 0xFF, 0xE1, 0xFF})
	huge := picture(t, 4, 4) // claims 60000 × 60000 in its head
	binary.BigEndian.PutUint32(huge[16:], 60000)
	binary.BigEndian.PutUint32(huge[20:], 60000)
	f(photoBroken, huge) // the head's checksum does not fit
}

// A true head of a huge picture is refused before any pixel is decoded.
func TestReencode_TooManyPixels(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewPaletted(image.Rect(0, 0, 6000, 5000), color.Palette{color.White})); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := Reencode(out.Bytes()); err != photoLarge {
		t.Errorf("got %v for %d bytes that claim 30 million pixels", err, out.Len())
	}
}

func FuzzReencode(f *testing.F) {
	f.Add(picture(f, 8, 8))
	f.Add(withEXIF(f, 6))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			t.Skip()
		}
		_ = orientation(data)
		jpg, w, h, err := Reencode(data)
		if err == nil && (len(jpg) == 0 || w < 1 || h < 1 || w > photoWidth || h > photoWidth) {
			t.Fatalf("%d bytes, %d × %d", len(jpg), w, h)
		}
	})
}
