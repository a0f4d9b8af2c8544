package identity

import (
	"strings"

	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// prefectureCodes are the two-digit codes of JIS X 0401; they are stored and
// never change. The names are texts.
func prefectureCodes() []string {
	return strings.Fields(`01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24
		25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47`)
}

// PrefectureName is the prefecture of a code as a message.
func PrefectureName(code string) text.Msg { return text.M("identity.prefecture." + code) }

func prefectures() []web.Option {
	options := []web.Option{{Value: "", Say: text.M("identity.choose")}}
	for _, code := range prefectureCodes() {
		options = append(options, web.Option{Value: code, Say: PrefectureName(code)})
	}
	return options
}
