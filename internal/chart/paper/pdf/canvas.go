package pdf

import "strconv"

// Canvas is one page that is being drawn. Lengths are points, y grows
// downwards. It is not for several goroutines at once.
type Canvas struct {
	Width, Height float64
	font          *Font
	glyphs        used
	out           []byte
	size          float64 // as the page's stream last set it
	bold          int8    // 0: not set
	drawn         []Drawn
}

// NewCanvas begins a page of a size.
func NewCanvas(font *Font, width, height float64) *Canvas {
	return &Canvas{Width: width, Height: height, font: font, glyphs: used{}}
}

func (c *Canvas) num(v float64) {
	c.out = strconv.AppendFloat(c.out, v, 'f', 2, 64)
	c.out = append(c.out, ' ')
}

func (c *Canvas) op(name string, values ...float64) {
	for _, v := range values {
		c.num(v)
	}
	c.out = append(append(c.out, name...), '\n')
}

// Text draws one line of text with its base line at y. Characters that the font
// lacks are drawn as its sign for that: ask Font.Has before. Bold is drawn with
// a rim, because the font has one weight.
func (c *Canvas) Text(x, y, size float64, bold bool, s string) {
	if s == "" {
		return
	}
	c.drawn = append(c.drawn, Drawn{Text: s, X: x, Y: y, W: c.font.Width(s, size)})
	c.out = append(c.out, "BT "...)
	if c.size != size {
		c.out = append(c.out, "/F "...)
		c.op("Tf", size)
		c.size = size
	}
	c.weight(size, bold)
	c.op("Td", x, c.Height-y)
	c.out = append(c.out, '<')
	const digits = "0123456789ABCDEF"
	for _, r := range s {
		g := c.font.glyph(r)
		if _, ok := c.glyphs[g]; !ok && g != 0 {
			c.glyphs[g] = r
		}
		c.out = append(c.out, digits[g>>12], digits[g>>8&15], digits[g>>4&15], digits[g&15])
	}
	c.out = append(c.out, "> Tj ET\n"...)
}

func (c *Canvas) weight(size float64, bold bool) {
	switch {
	case bold:
		c.out = append(c.out, "2 Tr "...)
		c.num(size * 0.026)
		c.out = append(c.out, "w "...)
		c.bold = 2
	case c.bold != 1:
		c.out = append(c.out, "0 Tr "...)
		c.bold = 1
	}
}

// Line draws a black line.
func (c *Canvas) Line(x1, y1, x2, y2, width float64) {
	c.op("w", width)
	c.op("m", x1, c.Height-y1)
	c.op("l", x2, c.Height-y2)
	c.op("S")
}

// Dashes draws a broken black line.
func (c *Canvas) Dashes(x1, y1, x2, y2, width float64) {
	c.out = append(c.out, "[2 2] 0 d "...)
	c.Line(x1, y1, x2, y2, width)
	c.out = append(c.out, "[] 0 d\n"...)
}

// Box draws the outline of a rectangle.
func (c *Canvas) Box(x, y, w, h, width float64) {
	c.op("w", width)
	c.op("re", x, c.Height-y-h, w, h)
	c.op("S")
}

// Fill fills a rectangle with a grey: 0 is black, 1 white.
func (c *Canvas) Fill(x, y, w, h, grey float64) {
	c.op("g", grey)
	c.op("re", x, c.Height-y-h, w, h)
	c.out = append(c.out, "f 0 g\n"...)
}

// Bars fills the modules of a row of a bar code, each as wide as module. Dark
// tells which are dark. Neighbours are drawn as one, so that no printer shows
// a gap between them.
func (c *Canvas) Bars(x, y, module, height float64, dark []bool) {
	for i := 0; i < len(dark); {
		j := i
		for j < len(dark) && dark[j] {
			j++
		}
		if j > i {
			c.out = strconv.AppendFloat(c.out, x+float64(i)*module, 'f', 3, 64)
			c.out = append(c.out, ' ')
			c.num(c.Height - y - height)
			c.out = strconv.AppendFloat(c.out, float64(j-i)*module, 'f', 3, 64)
			c.out = append(c.out, ' ')
			c.op("re", height)
		}
		i = j + 1
	}
	c.out = append(c.out, "f\n"...)
}

// Drawn is a text as it was drawn: where its base line begins, how wide it is.
type Drawn struct {
	Text    string
	X, Y, W float64
}

// Places gives the texts of a page in the order of drawing, for who checks a
// page without a reader of PDF.
func (c *Canvas) Places() []Drawn { return c.drawn }

// Texts are the words of Places.
func (c *Canvas) Texts() []string {
	out := make([]string, len(c.drawn))
	for i, d := range c.drawn {
		out[i] = d.Text
	}
	return out
}
