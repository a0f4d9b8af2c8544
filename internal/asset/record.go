package asset

import (
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/torideproject/toride/internal/fault"
)

// ref reads and writes one field of a record as text, so that forms, history,
// import and export all go through the same list of fields.
type ref interface {
	get() string
	set(string) error
}

type stringRef[T ~string] struct{ p *T }

func (r stringRef[T]) get() string        { return string(*r.p) }
func (r stringRef[T]) set(s string) error { *r.p = T(s); return nil }

func str[T ~string](p *T) ref { return stringRef[T]{p} }

type intRef struct{ p *int }

func (r intRef) get() string { return strconv.Itoa(*r.p) }

func (r intRef) set(s string) error {
	if s == "" {
		*r.p = 0
		return nil
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return fault.New(fault.Invalid, "asset.not_a_number", s).With(err)
	}
	*r.p = n
	return nil
}

// shape says how a field is entered and checked.
type shape uint8

const (
	short shape = iota
	long
	day
	choice // one of the field's choices
	toVendor
	toSystem
	toContract
	toAsset
)

// field is one field of a record: its column and text key, its place in the
// struct, and how it is entered.
type field struct {
	name    string
	at      ref
	shape   shape
	choices []string
	must    bool
}

// record is any of the five kinds of records.
type record interface {
	table() string // "line": table asset_line, object "line/ID", texts asset.line.*
	fields() []field
	head() (id *string, updated *time.Time)
}

func choices[T ~string](values []T) []string {
	var out []string
	for _, v := range values {
		out = append(out, string(v))
	}
	return out
}

func answers() []string    { return []string{string(NotKnown), string(Yes), string(No)} }
func priorities() []string { return []string{"0", "1", "2", "3"} }

// Classes lists the kinds of departmental systems, in the order in which forms
// show them.
func Classes() []string {
	return []string{"ehr", "order", "accounting", "nursing", "lab", "physiology", "radiology", "pacs", "pharmacy", "meals",
		"nursecall", "monitor", "surgery", "dialysis", "rehab", "archive", "backup", "directory", "region", "building", "other"}
}

func (*Asset) table() string                     { return "asset" }
func (a *Asset) head() (*string, *time.Time)     { return &a.ID, &a.UpdatedAt }
func (*System) table() string                    { return "system" }
func (s *System) head() (*string, *time.Time)    { return &s.ID, &s.UpdatedAt }
func (*Vendor) table() string                    { return "vendor" }
func (v *Vendor) head() (*string, *time.Time)    { return &v.ID, &v.UpdatedAt }
func (*Contract) table() string                  { return "contract" }
func (k *Contract) head() (*string, *time.Time)  { return &k.ID, &k.UpdatedAt }
func (*Line) table() string                      { return "line" }
func (l *Line) head() (id *string, u *time.Time) { return &l.ID, &l.UpdatedAt }

func (a *Asset) fields() []field {
	return []field{
		{name: "name", at: str(&a.Name), must: true},
		{name: "number", at: str(&a.Number)},
		{name: "kind", at: str(&a.Kind), shape: choice, choices: choices(Kinds()), must: true},
		{name: "system", at: str(&a.SystemID), shape: toSystem},
		{name: "vendor", at: str(&a.VendorID), shape: toVendor},
		{name: "contract", at: str(&a.ContractID), shape: toContract},
		{name: "place", at: str(&a.Place)},
		{name: "department", at: str(&a.Department)},
		{name: "maker", at: str(&a.Maker)},
		{name: "model", at: str(&a.Model)},
		{name: "serial", at: str(&a.Serial)},
		{name: "os", at: str(&a.OS)},
		{name: "version", at: str(&a.Version)},
		{name: "address", at: str(&a.Address)},
		{name: "mac", at: str(&a.MAC)},
		{name: "zone", at: str(&a.Zone)},
		{name: "priority", at: intRef{&a.Priority}, shape: choice, choices: priorities()},
		{name: "impact", at: str(&a.Impact), shape: long},
		{name: "antivirus", at: str(&a.Antivirus), shape: choice, choices: answers()},
		{name: "end_of_support", at: str(&a.EndOfSupport), shape: day},
		{name: "note", at: str(&a.Note), shape: long},
	}
}

func (s *System) fields() []field {
	return []field{
		{name: "name", at: str(&s.Name), must: true},
		{name: "class", at: str(&s.Class), shape: choice, choices: Classes(), must: true},
		{name: "department", at: str(&s.Department)},
		{name: "vendor", at: str(&s.VendorID), shape: toVendor},
		{name: "priority", at: intRef{&s.Priority}, shape: choice, choices: priorities()},
		{name: "impact", at: str(&s.Impact), shape: long},
		{name: "disclosure", at: str(&s.Disclosure), shape: day},
		{name: "disclosure_edition", at: str(&s.DiscloseEd)},
		{name: "note", at: str(&s.Note), shape: long},
	}
}

func (v *Vendor) fields() []field {
	return []field{
		{name: "name", at: str(&v.Name), must: true},
		{name: "parent", at: str(&v.ParentID), shape: toVendor},
		{name: "role", at: str(&v.Role)},
		{name: "day_contact", at: str(&v.DayContact)},
		{name: "night_contact", at: str(&v.NightContact)},
		{name: "mail", at: str(&v.Mail)},
		{name: "certificate", at: str(&v.Certificate)},
		{name: "note", at: str(&v.Note), shape: long},
	}
}

func (k *Contract) fields() []field {
	return []field{
		{name: "name", at: str(&k.Name), must: true},
		{name: "vendor", at: str(&k.VendorID), shape: toVendor, must: true},
		{name: "number", at: str(&k.Number)},
		{name: "start_day", at: str(&k.StartDay), shape: day},
		{name: "end_day", at: str(&k.EndDay), shape: day},
		{name: "duty_split", at: str(&k.DutySplit), shape: choice, choices: answers()},
		{name: "clause", at: str(&k.Clause)},
		{name: "note", at: str(&k.Note), shape: long},
	}
}

func (l *Line) fields() []field {
	return []field{
		{name: "name", at: str(&l.Name), must: true},
		{name: "kind", at: str(&l.Kind), shape: choice, choices: choices(LineKinds()), must: true},
		{name: "asset", at: str(&l.AssetID), shape: toAsset},
		{name: "maker", at: str(&l.Maker)},
		{name: "model", at: str(&l.Model)},
		{name: "os", at: str(&l.OS)},
		{name: "version", at: str(&l.Version)},
		{name: "place", at: str(&l.Place)},
		{name: "port", at: str(&l.Port)},
		{name: "owner_party", at: str(&l.OwnerParty), shape: choice, choices: choices(Parties())},
		{name: "patch_party", at: str(&l.PatchParty), shape: choice, choices: choices(Parties())},
		{name: "vendor", at: str(&l.VendorID), shape: toVendor},
		{name: "contract", at: str(&l.ContractID), shape: toContract},
		{name: "purpose", at: str(&l.Purpose)},
		{name: "hours", at: str(&l.Hours), shape: choice, choices: []string{string(HoursUnknown), string(OnDemand), string(Scheduled), string(AlwaysOpen)}},
		{name: "hours_note", at: str(&l.HoursNote)},
		{name: "rdp", at: str(&l.RDP), shape: choice, choices: answers()},
		{name: "destinations", at: str(&l.Destinations), shape: long},
		{name: "source_limit", at: str(&l.SourceLimit), shape: choice, choices: answers()},
		{name: "sources", at: str(&l.Sources)},
		{name: "mfa", at: str(&l.MFA), shape: choice, choices: answers()},
		{name: "note", at: str(&l.Note), shape: long},
	}
}

// searchText is what the list's search box looks in: all text fields, in one
// form of width and case.
func searchText(r record) string {
	var words []string
	for _, f := range r.fields() {
		if f.shape == short || f.shape == long {
			words = append(words, f.at.get())
		}
	}
	return Fold(strings.Join(words, " "))
}

// Fold brings text into the one form in which it is compared: NFKC, lower
// case, single spaces.
func Fold(s string) string {
	return strings.Join(strings.Fields(strings.ToLower(norm.NFKC.String(s))), " ")
}

// check refuses what a form would refuse, for every way in.
func check(r record) error {
	for _, f := range r.fields() {
		v := f.at.get()
		switch {
		case v == "" && f.must:
			return fault.New(fault.Invalid, "asset.missing", labelOf(f.name))
		case len(v) > maxValue:
			return fault.New(fault.Invalid, "asset.too_long", labelOf(f.name), maxValue)
		case f.shape == day && v != "":
			if _, err := time.Parse(time.DateOnly, v); err != nil {
				return fault.New(fault.Invalid, "asset.not_a_day", labelOf(f.name), v).With(err)
			}
		case f.shape == choice && !contains(f.choices, v) && !(v == "" && !f.must):
			return fault.New(fault.Invalid, "asset.not_a_choice", labelOf(f.name), v)
		}
	}
	return nil
}

// maxValue bounds one value, in bytes.
const maxValue = 8000

func contains(list []string, v string) bool {
	for _, c := range list {
		if c == v {
			return true
		}
	}
	return false
}
