package ssmix2

import "slices"

// Replay builds, from transactions in their order, the names that the storage
// should hold: an insertion makes the valid version of before superseded; a
// deletion makes all versions invalid and, in standard storage, stands as an
// invalid version itself. It holds about 200 bytes for each version: for a
// whole hospital, replay patient by patient with Only.
type Replay struct {
	// Extended says that the transactions are of extended storage, where a
	// deletion leaves no file of its own.
	Extended bool
	// Only, if not nil, says which patients count.
	Only func(patient string) bool

	versions map[key][]Name
	count    int
}

// key is what versions of one thing have in common.
type key struct{ patient, date, kind, order string }

func keyOf(n *Name) key { return key{n.Patient, n.Date, n.Kind, n.Order} }

// Apply takes the next transaction. A lint says that something was deleted
// that was never inserted.
func (r *Replay) Apply(t *Transaction) []Lint {
	if r.Only != nil && !r.Only(t.Name.Patient) {
		return nil
	}
	if r.versions == nil {
		r.versions = map[key][]Name{}
	}
	k := keyOf(&t.Name)
	had := r.versions[k]
	var l lints
	if t.Delete && len(had) == 0 {
		l.add(TransactionVoid, t.File, t.Name.String())
	}
	for i := range had {
		switch {
		case t.Delete:
			had[i].Flag = Invalid
		case had[i].Flag == Valid:
			had[i].Flag = Superseded
		}
	}
	if !t.Delete || !r.Extended {
		had = append(had, t.Name)
		r.count++
	}
	if len(had) > 0 {
		r.versions[k] = had
	}
	return l
}

// Len is how many versions there are.
func (r *Replay) Len() int { return r.count }

// Names gives the names of all versions, sorted as text.
func (r *Replay) Names() []string {
	out := make([]string, 0, r.count)
	for _, list := range r.versions {
		for i := range list {
			out = append(out, list[i].String())
		}
	}
	slices.Sort(out)
	return out
}

// Difference compares the replayed names with the records of a storage:
// missing are names that the log has and the storage has not, extra the other
// way around. Both are sorted.
func (r *Replay) Difference(records []Record) (missing, extra []string) {
	want := r.Names()
	have := make([]string, 0, len(records))
	for i := range records {
		have = append(have, records[i].Name.String())
	}
	slices.Sort(have)
	i, j := 0, 0
	for i < len(want) || j < len(have) {
		switch {
		case j == len(have) || i < len(want) && want[i] < have[j]:
			missing = append(missing, want[i])
			i++
		case i == len(want) || have[j] < want[i]:
			extra = append(extra, have[j])
			j++
		default:
			i, j = i+1, j+1
		}
	}
	return missing, extra
}
