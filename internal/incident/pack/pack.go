package pack

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/torideproject/toride/internal/text"
)

// Confidence says how well a pack's content was confirmed.
type Confidence string

// How well something was confirmed, from best to worst.
const (
	Primary     Confidence = "primary"     // the text itself was read
	Copy        Confidence = "copy"        // a copy of the text was read
	Secondary   Confidence = "secondary"   // somebody else's account of it was read
	Unconfirmed Confidence = "unconfirmed" // general knowledge; to be compared with the original
)

// maxBytes bounds one pack file; the largest shipped one is below 64 kB.
const maxBytes = 1 << 20

// Words is one text in both languages.
type Words struct {
	JA string `json:"ja"`
	EN string `json:"en"`
}

// In gives the text in the reader's language.
func (w Words) In(lang text.Lang) string {
	if lang == text.EN {
		return w.EN
	}
	return w.JA
}

// Whole reports whether both languages are there.
func (w Words) Whole() bool { return w.JA != "" && w.EN != "" }

// Head is what every pack says about itself.
type Head struct {
	ID         string     `json:"id"`
	Edition    string     `json:"edition"`
	Source     Words      `json:"source"`
	SourceURL  string     `json:"source_url,omitempty"`
	From       string     `json:"effective_from"` // day as 2006-01-02 from which it holds
	Checked    string     `json:"checked"`        // day on which somebody compared it last
	Confidence Confidence `json:"confidence"`
	Note       Words      `json:"note"`
}

// Confirmed reports whether nobody needs to be warned about the source.
func (h Head) Confirmed() bool { return h.Confidence == Primary || h.Confidence == Copy }

func (h Head) check() error {
	if h.ID == "" || h.Edition == "" || !h.Source.Whole() || !h.Note.Whole() {
		return errors.New("pack: head needs id, edition, source and note in both languages")
	}
	for _, day := range []string{h.From, h.Checked} {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			return fmt.Errorf("pack: %s: day %q is not like 2026-01-31", h.ID, day)
		}
	}
	switch h.Confidence {
	case Primary, Copy, Secondary, Unconfirmed:
		return nil
	}
	return fmt.Errorf("pack: %s: confidence %q is not known", h.ID, h.Confidence)
}

// Headed is any pack type: it can show its head.
type Headed interface{ PackHead() Head }

// Read decodes one pack of type T and checks its head. Unknown fields, a
// second value after the first and files over 1 MiB are errors.
func Read[T Headed](data []byte) (T, error) {
	var p T
	if len(data) > maxBytes {
		return p, fmt.Errorf("pack: %d bytes, at most %d are read", len(data), maxBytes)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		return p, fmt.Errorf("pack: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return p, errors.New("pack: something follows the first value")
	}
	return p, p.PackHead().check()
}
