package synth

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/torideproject/toride/hl7"
)

// ErrOptions reports options no hospital can be made of; the error that wraps
// it names the option and what it may be.
var ErrOptions = errors.New("synth: the options are not usable")

// Limits of the options.
const (
	MaxPatients = 5_000_000
	MaxYears    = 30
	MaxBeds     = 5000
	MaxWards    = 200
	MaxVolumes  = 9
)

// Ward is a nursing unit. Its beds stand in rooms of PerRoom.
type Ward struct {
	Code    string // PV1-3.1, at most 10 letters and digits
	Name    string
	Dept    string // the department of table 0069 whose patients lie here
	Beds    int    // 0: an equal share of Options.Beds
	PerRoom int    // 0: 4
}

// Options say what hospital to make. The zero value of each field means what
// its comment says; New refuses values out of range.
type Options struct {
	Seed     uint64
	Facility string // ten digits; "": 2299999999
	Name     string // "": 架空総合病院
	Patients int    // 1 to MaxPatients; 0: 200
	Years    int    // of history before AsOf, 1 to MaxYears; 0: 3
	Beds     int    // 0: a tenth of the patients, at most 300
	Wards    []Ward // nil: eleven wards
	// AsOf is when the copy was made. Its clock is taken as it reads, whatever
	// its place: SS-MIX2 has no offsets. It has to be given.
	AsOf time.Time
	// Defects is the share of patients with one deliberate defect, 0 to 1.
	Defects float64
	// Charsets are dealt out to the patients in turn; nil: ISO-2022-JP alone.
	// CP932, EUCJP and UTF8 are possible besides.
	Charsets []hl7.Charset
	// Volumes splits standard storage by period, 1 to MaxVolumes; 0: 1. Dateless
	// types stand in the last.
	Volumes      int
	Extended     bool // documents, vital signs, notes
	Transactions bool // the log of standard storage
	IDWidth      int  // digits of patients' numbers, 7 to 15; 0: 10
}

// Small gives options for tests: forty patients of two years, with everything
// switched on but defects; a patient and all his files are made in about a
// millisecond.
func Small(seed uint64) Options {
	return Options{Seed: seed, Patients: 40, Years: 2, Beds: 12, AsOf: time.Date(2025, 10, 26, 3, 12, 55, 0, time.UTC), Extended: true, Transactions: true}
}

func refuse(option string, value any, may string) error {
	return fmt.Errorf("%w: %s is %v, it may be %s", ErrOptions, option, value, may)
}

func (o *Options) defaults() {
	if o.Facility == "" {
		o.Facility = "2299999999"
	}
	if o.Name == "" {
		o.Name = "架空総合病院"
	}
	if o.Patients == 0 {
		o.Patients = 200
	}
	if o.Years == 0 {
		o.Years = 3
	}
	if o.Beds == 0 {
		o.Beds = max(1, min(300, o.Patients/10))
	}
	if o.Volumes == 0 {
		o.Volumes = 1
	}
	if o.IDWidth == 0 {
		o.IDWidth = 10
	}
	if len(o.Charsets) == 0 {
		o.Charsets = []hl7.Charset{hl7.ISO2022JP}
	}
	if len(o.Wards) == 0 {
		o.Wards = defaultWards()
	}
	o.Wards = append([]Ward(nil), o.Wards...)
	o.Charsets = append([]hl7.Charset(nil), o.Charsets...)
}

func (o *Options) check() error {
	switch {
	case len(o.Facility) != 10 || strings.Trim(o.Facility, "0123456789") != "":
		return refuse("Facility", o.Facility, "ten digits")
	case !plain(o.Name, 60):
		return refuse("Name", o.Name, "1 to 60 characters without control characters and | ^ ~ \\ & / < >")
	case o.Patients < 1 || o.Patients > MaxPatients:
		return refuse("Patients", o.Patients, "1 to 5,000,000")
	case o.Years < 1 || o.Years > MaxYears:
		return refuse("Years", o.Years, "1 to 30")
	case o.Beds < 1 || o.Beds > MaxBeds:
		return refuse("Beds", o.Beds, "1 to 5,000")
	case o.AsOf.Year() < 1980 || o.AsOf.Year() > 2099:
		return refuse("AsOf", o.AsOf, "a time of 1980 to 2099")
	case !(o.Defects >= 0 && o.Defects <= 1):
		return refuse("Defects", o.Defects, "0 to 1")
	case o.Volumes < 1 || o.Volumes > MaxVolumes:
		return refuse("Volumes", o.Volumes, "1 to 9")
	case o.IDWidth < 7 || o.IDWidth > 15:
		return refuse("IDWidth", o.IDWidth, "7 to 15")
	case len(o.Charsets) > 8:
		return refuse("Charsets", len(o.Charsets), "at most 8")
	}
	for _, c := range o.Charsets {
		if c != hl7.ISO2022JP && c != hl7.CP932 && c != hl7.EUCJP && c != hl7.UTF8 {
			return refuse("Charsets", c, "ISO2022JP, CP932, EUCJP or UTF8")
		}
	}
	return o.wards()
}

func (o *Options) wards() error {
	if len(o.Wards) > MaxWards {
		return refuse("Wards", len(o.Wards), "at most 200")
	}
	seen, given := map[string]bool{}, 0
	for _, w := range o.Wards {
		switch {
		case !word(w.Code, 10) || seen[w.Code]:
			return refuse("Wards.Code", w.Code, "1 to 10 letters and digits, different ones")
		case !plain(w.Name, 40):
			return refuse("Wards.Name", w.Name, "1 to 40 characters without | ^ ~ \\ & / < >")
		case !word(w.Dept, 5):
			return refuse("Wards.Dept", w.Dept, "a code of table 0069")
		case w.Beds < 0 || w.Beds > MaxBeds || w.PerRoom < 0 || w.PerRoom > 20:
			return refuse("Wards.Beds", w.Beds, "0 to 5,000 beds in rooms of at most 20")
		}
		seen[w.Code] = true
		given += w.Beds
	}
	if given > o.Beds {
		return refuse("Wards.Beds", given, "at most Options.Beds in all")
	}
	return nil
}

func word(s string, most int) bool {
	if s == "" || len(s) > most {
		return false
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

func plain(s string, most int) bool {
	n := 0
	for _, r := range s {
		if n++; unicode.IsControl(r) || r == unicode.ReplacementChar || strings.ContainsRune(`|^~\&/<>"`, r) {
			return false
		}
	}
	return n > 0 && n <= most
}
