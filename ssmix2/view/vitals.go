package view

import (
	"strings"

	"github.com/torideproject/toride/hl7"
)

// Vital is the kind of a vital sign, of its JLAC10 code.
type Vital string

// The vital signs. OtherVital is everything else that stands in such a
// message: shown by its own name.
const (
	OtherVital  Vital = "other"
	Systolic    Vital = "systolic"
	Diastolic   Vital = "diastolic"
	Pulse       Vital = "pulse"
	Breathing   Vital = "breathing"
	Temperature Vital = "temperature"
	Height      Vital = "height"
	Weight      Vital = "weight"
)

// VitalOf tells the vital sign by the first characters of the item's JLAC10
// code, which may be a digit short as in public samples. Without such a code it
// is OtherVital: names are not guessed at.
func (r *Result) VitalOf() Vital {
	code := r.Item.Code
	if r.Item.System != "JC10" {
		if code = ""; r.Item.AltSystem == "JC10" {
			code = r.Item.AltCode
		}
	}
	for _, k := range []struct {
		prefix string
		vital  Vital
	}{{"9A75", Systolic}, {"9A76", Diastolic}, {"9P30", Pulse}, {"9P20", Breathing}, {"9P10", Temperature}, {"9N001", Height}, {"9N006", Weight}} {
		if strings.HasPrefix(code, k.prefix) {
			return k.vital
		}
	}
	return OtherVital
}

// VitalsOf reads ORU^R30 of extended storage (main_document.hl7): panels whose
// results are vital signs.
func VitalsOf(m *hl7.Message) Panels { return PanelsOf(m) }
