package synth

import "golang.org/x/text/encoding/charmap"

func fromCP437(raw []byte) string {
	out, err := charmap.CodePage437.NewDecoder().Bytes(raw)
	if err != nil {
		return string(raw)
	}
	return string(out)
}
