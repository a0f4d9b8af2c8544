package synth

import (
	"strings"
	"sync"

	"github.com/torideproject/toride/hl7"
)

// Hospital makes the store of one hospital. It holds tables only: a patient is
// made from his number when he is asked for, and forgotten. It may be used by
// several goroutines.
type Hospital struct {
	o        Options
	asOf     clock
	from     day // the first day of the history
	families []nameParts
	males    []nameParts
	females  []nameParts
	drugs    []drug
	usages   []usage
	labs     []analyte
	chronic  []condition
	acute    []condition
	beds     []bed
	stride   int // every stride-th patient belongs to a bed
	depts    []string
	writers  *sync.Pool
}

type bed struct {
	ward      int
	room, bed string
}

// New makes a hospital. The error wraps ErrOptions.
func New(o Options) (*Hospital, error) {
	o.defaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	h := &Hospital{o: o, asOf: clockOf(o.AsOf), families: families(), males: maleNames(), females: femaleNames(), drugs: drugs(), usages: usages(),
		labs: analytes(), chronic: chronic(), acute: acute()}
	h.from = h.asOf.day() - day(o.Years*365) //nolint:gosec // at most 30 years
	h.layBeds()
	h.stride = max(1, o.Patients/len(h.beds))
	h.writers = &sync.Pool{New: func() any { return &writer{h: h, enc: map[hl7.Charset]*hl7.Encoder{}} }}
	return h, nil
}

// Options are those the hospital was made of, with the defaults filled in.
func (h *Hospital) Options() Options {
	o := h.o
	o.Wards, o.Charsets = append([]Ward(nil), o.Wards...), append([]hl7.Charset(nil), o.Charsets...)
	return o
}

// Patients is how many patients there are; they are numbered from 0.
func (h *Hospital) Patients() int { return h.o.Patients }

// ID is the number of a patient in the hospital.
func (h *Hospital) ID(i int) string { return h.id(i) }

func (h *Hospital) id(i int) string { return pad(i+1, h.o.IDWidth) }

// Index is the place of the patient with a number; ok is false if there is none.
func (h *Hospital) Index(id string) (i int, ok bool) {
	if len(id) != h.o.IDWidth {
		return 0, false
	}
	for _, c := range []byte(id) {
		if c < '0' || c > '9' || i > MaxPatients {
			return 0, false
		}
		i = i*10 + int(c-'0')
	}
	return i - 1, i >= 1 && i <= h.o.Patients
}

// layBeds gives each ward its rooms and beds. The rooms' numbers begin with the
// floor if the ward's code does.
func (h *Hospital) layBeds() {
	given, open := 0, 0
	for _, w := range h.o.Wards {
		given += w.Beds
		if w.Beds == 0 {
			open++
		}
	}
	for i := range h.o.Wards {
		w := &h.o.Wards[i]
		if w.Beds == 0 {
			w.Beds = (h.o.Beds - given) / open
			given += w.Beds
			open--
		}
		if w.PerRoom == 0 {
			w.PerRoom = 4
		}
		floor := 1
		if c := w.Code[0]; c >= '1' && c <= '9' {
			floor = int(c - '0')
		}
		if strings.HasSuffix(w.Code, "W") {
			floor = floor*10 + 5 // rooms of the west wing from 51 on
		} else {
			floor *= 10
		}
		for k := range w.Beds {
			h.beds = append(h.beds, bed{i, itoa(floor*10 + 1 + k/w.PerRoom), itoa(1 + k%w.PerRoom)})
		}
		if w.Beds > 0 {
			h.depts = append(h.depts, w.Dept)
		}
	}
	if len(h.beds) == 0 {
		h.o.Wards[0].Beds = 1
		h.beds, h.depts = []bed{{0, "101", "1"}}, []string{h.o.Wards[0].Dept}
	}
}

// bedOf is the bed a patient lies in at the as-of time; ok is false for those
// at home. One bed has one patient at most; about nine of ten are taken.
func (h *Hospital) bedOf(i int) (bed, bool) {
	if i%h.stride != 0 || i/h.stride >= len(h.beds) {
		return bed{}, false
	}
	k := i / h.stride
	r := stream(h.o.Seed, uint64(k), 2) //nolint:gosec // not negative
	return h.beds[k], r.chance(0.9)
}

// doctor is a made-up doctor of a department: number, family name, given name.
func (h *Hospital) doctor(dept string, k int) (id, name string) {
	n := uint64(0)
	for _, c := range []byte(dept) {
		n = n*31 + uint64(c)
	}
	r := stream(h.o.Seed, n*16+uint64(k%5), 3) //nolint:gosec // not negative
	given := h.males
	if r.chance(0.4) {
		given = h.females
	}
	return "D" + dept + pad(k%5+1, 2), pick(&r, h.families).kanji + "^" + pick(&r, given).kanji
}
