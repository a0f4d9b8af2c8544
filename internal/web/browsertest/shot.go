package browsertest

import (
	"bytes"
	"context"
	"os"
	"path/filepath"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// tallest bounds pictures, in CSS pixels.
const tallest = 6000

// wanted says whether somebody will look at pictures: drawing a page costs more
// than loading it.
func wanted() bool { return os.Getenv(ShotsEnv) != "" }

// Shot takes a picture of the whole page as name.png, where TORIDE_SHOTS names
// a folder.
func (p *Page) Shot(name string) *Page {
	p.t.Helper()
	if wanted() {
		p.keep(name+".png", p.picture())
	}
	return p
}

func (p *Page) picture() []byte {
	p.t.Helper()
	var size struct{ W, H float64 }
	p.Eval(`({W: document.documentElement.clientWidth, H: Math.max(document.documentElement.scrollHeight, innerHeight)})`, &size)
	var png []byte
	p.run(chromedp.ActionFunc(func(ctx context.Context) error {
		var err error
		png, err = page.CaptureScreenshot().WithCaptureBeyondViewport(true).
			WithClip(&page.Viewport{Width: size.W, Height: min(size.H, tallest), Scale: 1}).Do(ctx)
		return err
	}))
	return png
}

// PDF prints the page as name.pdf and gives the file.
func (p *Page) PDF(name string) []byte {
	p.t.Helper()
	pdf := p.print()
	if !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		p.t.Errorf("%s: printing gave no PDF", p.where())
	}
	p.keep(name+".pdf", pdf)
	return pdf
}

// visions are the ways of seeing that Chromium can imitate.
func visions() []emulation.SetEmulatedVisionDeficiencyType {
	return []emulation.SetEmulatedVisionDeficiencyType{
		emulation.SetEmulatedVisionDeficiencyTypeDeuteranopia,
		emulation.SetEmulatedVisionDeficiencyTypeProtanopia,
		emulation.SetEmulatedVisionDeficiencyTypeTritanopia,
		emulation.SetEmulatedVisionDeficiencyTypeAchromatopsia,
	}
}

// Vision takes four pictures as people with four kinds of colour vision see
// the page: name-deuteranopia.png and so on, where TORIDE_SHOTS names a folder.
func (p *Page) Vision(name string) *Page {
	p.t.Helper()
	if !wanted() {
		return p
	}
	for _, v := range visions() {
		p.run(emulation.SetEmulatedVisionDeficiency(v))
		p.keep(name+"-"+string(v)+".png", p.picture())
	}
	p.run(emulation.SetEmulatedVisionDeficiency(emulation.SetEmulatedVisionDeficiencyTypeNone))
	return p
}

// keep writes a file into the folder of TORIDE_SHOTS, if there is one.
func (p *Page) keep(name string, data []byte) {
	p.t.Helper()
	dir := os.Getenv(ShotsEnv)
	if dir == "" {
		return
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
		p.t.Fatal(err)
	}
}
