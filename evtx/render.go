package evtx

// render is what writing JSON and XML have in common: the bytes so far and
// how much work and text one record may still cost. A hostile template can
// name the same nested document many times, and that one again.
type render struct {
	d     *Decoder
	dst   []byte
	steps int
}

const maxSteps = 1 << 18

func (w *render) byte(b byte)     { w.dst = append(w.dst, b) }
func (w *render) string(s string) { w.dst = append(w.dst, s...) }

// spend takes n from what is left and reports whether anything was left.
func (w *render) spend(n int) bool {
	w.steps++
	w.d.left -= n
	if w.steps > maxSteps {
		w.d.left = -1
	}
	return w.d.left >= 0
}

// null reports whether the pieces give nothing at all: no literal, and all
// holes null.
func (w *render) null(inst int, ps []piece) bool {
	for _, p := range ps {
		if p.kind != pieceSub || w.d.body.value(inst, p.sub).typ != tNull {
			return false
		}
	}
	return true
}

// bytes gives a value's bytes in the chunk.
func (w *render) bytes(v val) []byte { return w.d.c[v.off : v.off+v.n] }

// joined writes pieces one behind the other into the decoder's scratch.
func (w *render) joined(inst int, ps []piece, st style) []byte {
	buf := w.d.scratch[:0]
	for _, p := range ps {
		if len(buf) > w.d.left {
			break
		}
		if p.kind != pieceSub {
			buf = append(buf, p.lit...)
			continue
		}
		buf = w.plain(buf, w.d.body.value(inst, p.sub), st)
	}
	w.d.scratch = buf
	return buf
}

// plain appends a value as text, an array with line feeds.
func (w *render) plain(buf []byte, v val, st style) []byte {
	b, typ := w.bytes(v), v.typ
	if typ&tArray == 0 {
		return w.d.scalars.append(buf, typ, b, st)
	}
	for first := true; len(b) > 0; first = false {
		var item []byte
		item, b = nextItem(b, typ&^tArray)
		if !first {
			buf = append(buf, '\n')
		}
		buf = w.d.scalars.append(buf, typ&^tArray, item, st)
	}
	return buf
}

// texts gives the pieces of text among nodes that are not nested documents,
// in the decoder's memory, and whether there are elements or documents too.
// Blank literals between elements are left out.
func (w *render) texts(inst int, ns []node) (ps []piece, kids bool) {
	from := len(w.d.pieces)
	blank := true
	for i := range ns {
		n := &ns[i]
		switch {
		case n.el != nil:
			kids = true
		case n.kind == piecePI:
		case n.kind == pieceSub:
			if _, ok := w.d.body.child(inst, n.sub); ok {
				kids = true
				continue
			}
			blank = blank && w.d.body.value(inst, n.sub).typ == tNull
			w.d.pieces = append(w.d.pieces, n.piece)
		default:
			blank = blank && isBlank(n.lit)
			w.d.pieces = append(w.d.pieces, n.piece)
		}
	}
	if kids && blank {
		w.d.pieces = w.d.pieces[:from]
	}
	return w.d.pieces[from:], kids
}

func isBlank(s string) bool {
	for _, c := range []byte(s) {
		if c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return false
		}
	}
	return true
}
