package fhir

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
)

// head is what the table needs to know of a resource. What has another form
// than R4 gives is passed over.
type head struct {
	ResourceType string `json:"resourceType"`
	ID           string `json:"id"`
	Meta         struct {
		LastUpdated string   `json:"lastUpdated"`
		Tag         []coding `json:"tag"`
		Security    []coding `json:"security"`
	} `json:"meta"`
	Identifier  json.RawMessage   `json:"identifier"`
	Subject     *reference        `json:"subject"`
	Patient     *reference        `json:"patient"`
	Beneficiary *reference        `json:"beneficiary"`
	For         *reference        `json:"for"`
	Contained   []json.RawMessage `json:"contained"`

	EffectiveDateTime  string `json:"effectiveDateTime"`
	EffectivePeriod    period `json:"effectivePeriod"`
	EffectiveInstant   string `json:"effectiveInstant"`
	OccurrenceDateTime string `json:"occurrenceDateTime"`
	PerformedDateTime  string `json:"performedDateTime"`
	PerformedPeriod    period `json:"performedPeriod"`
	AuthoredOn         string `json:"authoredOn"`
	Period             period `json:"period"`
	Started            string `json:"started"`
	WhenHandedOver     string `json:"whenHandedOver"`
	Date               string `json:"date"`
	OnsetDateTime      string `json:"onsetDateTime"`
	RecordedDate       string `json:"recordedDate"`
	Issued             string `json:"issued"`
	Created            string `json:"created"`
}

type period struct {
	Start string `json:"start"`
}

type coding struct {
	System string `json:"system"`
	Code   string `json:"code"`
}

type reference struct {
	Reference  string     `json:"reference"`
	Type       string     `json:"type"`
	Identifier identifier `json:"identifier"`
	Display    string     `json:"display"`
}

type identifier struct {
	System string `json:"system"`
	Value  string `json:"value"`
	Type   struct {
		Coding []coding `json:"coding"`
	} `json:"type"`
}

// readHead reads a resource's head. ok is false where it is no resource; the
// error is that of what is no JSON.
func readHead(raw []byte) (h head, ok bool, err error) {
	err = json.Unmarshal(raw, &h)
	if bad := (*json.UnmarshalTypeError)(nil); errors.As(err, &bad) {
		err = nil // fields of another form stay empty, the others are read
	}
	return h, err == nil && h.ResourceType != "" && len(h.ResourceType) <= 64, err
}

// identifiers of a resource: a list, or one (Composition, Bundle).
func (h *head) identifiers() []identifier {
	var list []identifier
	if json.Unmarshal(h.Identifier, &list) == nil {
		return list
	}
	var one identifier
	if json.Unmarshal(h.Identifier, &one) == nil && one.Value != "" {
		return []identifier{one}
	}
	return nil
}

// subject is the patient's reference.
func (h *head) subject() *reference {
	for _, r := range []*reference{h.Subject, h.Patient, h.Beneficiary, h.For} {
		if r != nil && (r.Reference != "" || r.Identifier.Value != "") {
			return r
		}
	}
	return nil
}

// day is when it happened, else when it was written down.
func (h *head) day() string {
	for _, s := range []string{h.EffectiveDateTime, h.EffectivePeriod.Start, h.EffectiveInstant, h.OccurrenceDateTime, h.PerformedDateTime, h.PerformedPeriod.Start,
		h.AuthoredOn, h.Period.Start, h.Started, h.WhenHandedOver, h.Date, h.OnsetDateTime, h.RecordedDate, h.Issued, h.Created} {
		if s != "" {
			return s
		}
	}
	return ""
}

// masked: tags that say it is not for everybody's eyes: UNINFORMED (未告知) of
// JP-CLINS, R and V of HL7's confidentiality.
func (h *head) masked() bool {
	for _, c := range append(h.Meta.Tag, h.Meta.Security...) {
		if c.Code == "UNINFORMED" || c.Code == "R" || c.Code == "V" {
			return true
		}
	}
	return false
}

// stampOf reads a date or time of FHIR (2024-03, 2024-03-05T10:23:00+09:00) as
// far as it was written, on the hospital's clock: a time with another offset is
// brought to it. "" for what is none.
func stampOf(s string, zone *time.Location) model.Stamp {
	s = strings.TrimSpace(s)
	if len(s) > 10 && s[10] == 'T' {
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00"} {
			if t, err := time.Parse(layout, s); err == nil {
				if zone != nil {
					t = t.In(zone)
				}
				if layout == time.RFC3339Nano {
					return model.Stamp(t.Format("20060102150405"))
				}
				return model.Stamp(t.Format("200601021504"))
			}
		}
		for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04"} {
			if t, err := time.Parse(layout, s); err == nil {
				return model.Stamp(t.Format("20060102150405")[:len(strings.NewReplacer("-", "", "T", "", ":", "").Replace(layout))])
			}
		}
		s = s[:10]
	}
	for _, layout := range []string{"2006-01-02", "2006-01", "2006"} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() > 0 {
			return model.Stamp(t.Format(strings.ReplaceAll(layout, "-", "")))
		}
	}
	return ""
}
