package fhir

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
)

func itoa(n int) string { return strconv.Itoa(n) }

// subject is what a resource calls its patient; many resources share one.
type subject struct {
	hashes []uint64
	name   string
	number identifier
	person int32 // known at once; -1: to be found when all is read
}

// builder makes a table out of pieces.
type builder struct {
	t        *table
	zone     *time.Location
	people   *people
	subjects []subject
	last     map[string]uint32 // subjects of the Bundle at hand
	kinds    map[string]uint16
	lying    []lying
	// Of the Bundle at hand.
	scope    int
	bundle   uint32
	bundles  uint32
	patients []int32
	orphans  []uint32 // entries without a subject
	undated  []uint32 // entries without a time of sending
}

func newBuilder(zone *time.Location) *builder {
	return &builder{t: &table{}, zone: zone, people: newPeople(), last: map[string]uint32{}, kinds: map[string]uint16{}}
}

// scan reads every file and makes the table.
func (s *store) scan(ctx context.Context) (*table, error) {
	b := newBuilder(s.zone)
	err := s.walkFiles(ctx, func(name string) error {
		at := uint32(len(b.t.files)) //nolint:gosec // as many as files
		b.t.files = append(b.t.files, name)
		err := b.file(ctx, s.fsys, name, at)
		if err == nil || ctx.Err() != nil {
			return ctx.Err()
		}
		if gone := s.gone(); gone != nil {
			return gone
		}
		b.damage(name, err)
		return nil
	})
	if err != nil {
		return nil, err
	}
	t := b.finish()
	return t, s.wards(ctx, t)
}

func (b *builder) damage(file string, err error) {
	if len(b.t.broken) >= maxDamage {
		b.t.more++
		return
	}
	b.t.broken = append(b.t.broken, damage{file, err.Error()})
}

func (b *builder) file(ctx context.Context, fsys fs.FS, name string, at uint32) error {
	f, err := fsys.Open(name)
	if err != nil {
		b.t.packed = append(b.t.packed, false)
		return err
	}
	defer f.Close()
	_, at1 := f.(io.ReaderAt)
	_, at2 := f.(io.Seeker)
	b.t.packed = append(b.t.packed, !at1 && !at2 || strings.HasSuffix(strings.ToLower(name), ".gz"))
	b.scope, b.bundle = 0, 0
	err = pieces(ctx, f, name, func(p piece) error { return b.take(name, at, p) })
	b.endBundle(nil)
	return err
}

// errFull ends a scan of more resources than the table takes.
var errFull = errors.New("fhir: there are more resources than the limit")

// take enters one piece.
func (b *builder) take(name string, file uint32, p piece) error {
	if p.scope != b.scope {
		b.endBundle(nil)
		if b.scope = p.scope; p.scope > 0 {
			b.bundles++
			b.bundle = b.bundles
		}
	}
	if p.err != nil {
		b.damage(name, p.err)
		return nil
	}
	if p.bundle != nil && p.bundle.done {
		b.endBundle(p.bundle)
		return nil
	}
	h, ok, err := readHead(p.raw)
	if err != nil {
		b.damage(name, fmt.Errorf("fhir: at byte %d: %w", p.offset, err))
		return nil
	}
	if !ok {
		return nil // JSON that is no resource: a manifest of an export, settings
	}
	if len(b.t.entries) >= maxResources {
		return errFull
	}
	at := uint32(len(b.t.entries))                                                                                                                                                //nolint:gosec // at most maxResources
	e := entry{offset: p.offset, size: uint32(len(p.raw)), file: file, bundle: b.bundle, patient: nobody, kind: b.kind(h.ResourceType), day: dayNumber(stampOf(h.day(), b.zone))} //nolint:gosec // at most maxResource
	e.id = versionOf(&h, p)
	if h.masked() {
		e.flags |= flagMasked
	}
	e.sent = seconds(stampOf(h.Meta.LastUpdated, b.zone))
	if e.sent == 0 && p.bundle != nil {
		if e.sent = seconds(stampOf(p.bundle.Timestamp, b.zone)); e.sent == 0 {
			b.undated = append(b.undated, at)
		}
	}
	if h.ResourceType == "Patient" {
		e.flags |= flagPatient
		e.patient = b.patient(&h, p)
	} else if ref := h.subject(); ref != nil {
		e.patient = b.subject(ref, h.Contained)
	} else if !shared(h.ResourceType) {
		b.orphans = append(b.orphans, at)
	}
	if h.ResourceType == "Encounter" && e.patient != nobody {
		if bed, location, ok := bedOf(p.raw, b.zone); ok {
			b.lying = append(b.lying, lying{encounter: e.id, sent: e.sent, subject: e.patient, bundle: e.bundle, bed: bed, location: location})
		}
	}
	b.link(&h, p, at)
	b.t.entries = append(b.t.entries, e)
	return nil
}

// versionOf is the same for what is one resource in several versions: the same
// type and id outside of Bundles, which come from one server; within Bundles,
// whose ids may repeat from sender to sender, the same UUID or resource
// identifier (JP-CLINS), else the same bytes.
func versionOf(h *head, p piece) uint64 {
	if p.scope == 0 {
		if h.ID == "" {
			return hash("bytes", string(p.raw))
		}
		return hash("id", h.ResourceType, h.ID)
	}
	if strings.HasPrefix(p.url, "urn:uuid:") && len(p.url) == len("urn:uuid:")+36 {
		return hash("uuid", h.ResourceType, p.url)
	}
	for _, id := range h.identifiers() {
		if strings.HasSuffix(id.System, "resourceInstance-identifier") && id.Value != "" {
			return hash("instance", h.ResourceType, id.Value, h.ID)
		}
	}
	return hash("bytes", string(p.raw))
}

// shared types belong to no patient.
func shared(typ string) bool {
	switch typ {
	case "Practitioner", "PractitionerRole", "Organization", "Location", "Medication", "Substance", "HealthcareService", "Endpoint", "Device",
		"OperationOutcome", "ValueSet", "CodeSystem", "ConceptMap", "StructureDefinition", "CapabilityStatement", "ImplementationGuide", "SearchParameter":
		return true
	}
	return false
}

func (b *builder) kind(typ string) uint16 {
	if n, ok := b.kinds[typ]; ok {
		return n
	}
	if len(b.t.kinds) >= maxKinds {
		typ = "Resource"
		if n, ok := b.kinds[typ]; ok {
			return n
		}
	}
	b.kinds[typ] = uint16(len(b.t.kinds)) //nolint:gosec // at most maxKinds
	b.t.kinds = append(b.t.kinds, typ)
	return b.kinds[typ]
}

// patient enters a Patient resource among the people.
func (b *builder) patient(h *head, p piece) uint32 {
	x := person{known: true, brief: briefOf(p.raw), resource: 1, name: h.ID}
	ids := h.identifiers()
	for _, id := range ids {
		if r := numberRank(id); r > x.rank {
			x.number, x.rank = id, r
		}
	}
	i := b.people.add(x)
	for _, id := range ids {
		if id.System != "" && id.Value != "" {
			b.people.claim(hash("id", id.System, id.Value), i, id.Value, byIdentifier)
		}
	}
	if b.bundle > 0 {
		b.patients = append(b.patients, i)
		for _, ref := range []string{p.url, "Patient/" + h.ID} {
			if ref != "" && ref != "Patient/" {
				b.people.by[hash(scopeName(b.bundle), ref)] = i
			}
		}
	}
	why := byReference
	if b.bundle == 0 {
		why = byExport
	}
	if h.ID != "" {
		b.people.claim(hash("", "Patient/"+h.ID), i, h.ID, why)
	}
	if p.url != "" {
		b.people.claim(hash("", p.url), i, p.url, why)
	}
	b.subjects = append(b.subjects, subject{person: i})
	return uint32(len(b.subjects) - 1) //nolint:gosec // at most maxResources
}

// subject gives the place of what a resource calls its patient.
func (b *builder) subject(ref *reference, contained []json.RawMessage) uint32 {
	key := ref.Reference + "\x00" + ref.Identifier.System + "\x00" + ref.Identifier.Value
	inner, inside := strings.CutPrefix(ref.Reference, "#")
	if at, ok := b.last[key]; ok && !inside {
		return at
	}
	x := subject{person: -1, number: ref.Identifier}
	switch tail := tailOf(ref.Reference); {
	case inside:
		x.person = b.contained(inner, contained)
	case ref.Reference != "":
		x.name = strings.TrimPrefix(tail, "Patient/")
		if b.bundle > 0 {
			x.hashes = append(x.hashes, hash(scopeName(b.bundle), ref.Reference), hash(scopeName(b.bundle), tail))
		}
		x.hashes = append(x.hashes, hash("", ref.Reference), hash("", tail))
	}
	if id := ref.Identifier; id.Value != "" {
		x.hashes = append(x.hashes, hash("id", id.System, id.Value))
		x.name = id.Value
	}
	b.subjects = append(b.subjects, x)
	at := uint32(len(b.subjects) - 1) //nolint:gosec // at most maxResources
	if len(b.last) > 100_000 {
		clear(b.last)
	}
	b.last[key] = at
	return at
}

// tailOf makes Patient/1 of a server's address.
func tailOf(ref string) string {
	if i := strings.Index(ref, "/_history/"); i > 0 {
		ref = ref[:i]
	}
	if parts := strings.Split(ref, "/"); len(parts) > 2 && strings.HasPrefix(ref, "http") {
		return parts[len(parts)-2] + "/" + parts[len(parts)-1]
	}
	return ref
}

// contained enters a Patient that stands within a resource; -1 where it is not
// there.
func (b *builder) contained(id string, list []json.RawMessage) int32 {
	for _, raw := range list {
		h, ok, _ := readHead(raw)
		if !ok || h.ResourceType != "Patient" || h.ID != id && id != "" {
			continue
		}
		x := person{known: true, brief: briefOf(raw)}
		ids := h.identifiers()
		for _, n := range ids {
			if r := numberRank(n); r > x.rank {
				x.number, x.rank = n, r
			}
		}
		if x.rank == 0 && x.brief == (person{}).brief {
			return -1
		}
		i := b.people.add(x)
		for _, n := range ids {
			if n.System != "" && n.Value != "" {
				b.people.claim(hash("id", n.System, n.Value), i, n.Value, byIdentifier)
			}
		}
		return i
	}
	return -1
}

// link remembers the names that references may call a resource by.
func (b *builder) link(h *head, p piece, at uint32) {
	add := func(scope, ref string) { b.t.links = append(b.t.links, link{hash(scope, ref), at}) }
	name := h.ResourceType + "/" + h.ID
	if b.bundle == 0 {
		if h.ID != "" {
			add("", name)
		}
		return
	}
	if p.url != "" {
		add(scopeName(b.bundle), p.url)
	}
	if h.ID != "" && p.url != name {
		if t := p.bundle.Type; t == "searchset" || t == "batch-response" || t == "history" || strings.HasPrefix(p.url, "http") {
			add("", name)
		} else {
			add(scopeName(b.bundle), name)
		}
	}
}

// endBundle gives what named no patient to the only one of its Bundle.
func (b *builder) endBundle(head *bundleHead) {
	if b.bundle > 0 && len(b.patients) > 0 && len(b.orphans) > 0 {
		one := true
		for _, p := range b.patients[1:] {
			one = one && b.people.root(p) == b.people.root(b.patients[0])
		}
		if one {
			b.subjects = append(b.subjects, subject{person: b.patients[0]})
			for _, at := range b.orphans {
				b.t.entries[at].patient = uint32(len(b.subjects) - 1) //nolint:gosec // at most maxResources
			}
			b.orphans = b.orphans[:0]
		}
	}
	b.t.lost += len(b.orphans)
	if head != nil {
		sent := seconds(stampOf(head.Timestamp, b.zone))
		for _, at := range b.undated {
			b.t.entries[at].sent = sent
		}
	}
	b.patients, b.orphans, b.undated, b.bundle = nil, nil, nil, 0
	clear(b.last)
}

// walkFiles yields the files that may hold FHIR, in the order of names. Links
// are not followed.
func (s *store) walkFiles(ctx context.Context, yield func(name string) error) error {
	return fs.WalkDir(s.fsys, s.root, func(at string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && at == s.root:
			return cmp.Or(s.gone(), err)
		case err != nil:
			return cmp.Or(s.gone(), nil)
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".") && at != "." || strings.Count(at, "/") > 10):
			return fs.SkipDir
		case d.Type().IsRegular() && fhirName(d.Name()):
			return yield(at)
		}
		return nil
	})
}

// fhirName tells files that may hold FHIR by their names.
func fhirName(name string) bool {
	switch path.Ext(strings.TrimSuffix(strings.ToLower(name), ".gz")) {
	case ".json", ".ndjson", ".jsonl", ".fhir":
		return true
	}
	return false
}

func dayNumber(s model.Stamp) uint32 {
	n, err := strconv.ParseUint(string(s[:min(8, len(s))]), 10, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}

func dayText(n uint32) string {
	if n < 10_000_000 {
		return "" // the month or year alone: no day of the matrix
	}
	return strconv.FormatUint(uint64(n), 10)
}

const epoch = 946684800 // 2000-01-01, seconds since 1970

// seconds packs a stamp of at least a day, from 2000 on.
func seconds(s model.Stamp) uint32 {
	t, ok := s.Time(nil)
	if n := t.Unix() - epoch; ok && n > 0 && n < 1<<32 {
		return uint32(n)
	}
	return 0
}

// stampAt unpacks seconds.
func stampAt(n uint32) model.Stamp {
	if n == 0 {
		return ""
	}
	return model.StampOf(time.Unix(int64(n)+epoch, 0).UTC(), nil)
}
