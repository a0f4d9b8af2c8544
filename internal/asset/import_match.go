package asset

import (
	"context"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/sheet"
	"github.com/torideproject/toride/internal/sqlite"
	"github.com/torideproject/toride/internal/text"
)

// entry is one record that a row may be about.
type entry struct {
	rec   record
	old   record // as stored; nil for a record that this file makes
	sheet string // who in the file is about it
	row   int    // 0: nobody yet
	seq   int    // of the planned row that makes it; -1 otherwise
}

func (e *entry) id() string   { id, _ := e.rec.head(); return *id }
func (e *entry) name() string { return e.rec.fields()[0].at.get() }

// directory holds the register while a file is compared with it: one query for
// each table, then look-ups in memory only.
type directory struct {
	all    map[string][]*entry            // by table
	byKey  map[string]map[string][]*entry // by "table key", then value
	byID   map[string]*entry
	titles map[string]string // names by ID, for changes in words
}

func loadDirectory(ctx context.Context, q sqlite.Querier) (*directory, error) {
	d := &directory{all: map[string][]*entry{}, byKey: map[string]map[string][]*entry{}, byID: map[string]*entry{}, titles: map[string]string{}}
	for _, load := range []func(context.Context, sqlite.Querier, *directory) error{loadAll[Vendor], loadAll[System], loadAll[Contract], loadAll[Asset], loadAll[Line]} {
		if err := load(ctx, q, d); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func loadAll[T any, P pointer[T]](ctx context.Context, q sqlite.Querier, d *directory) error {
	records, err := list[T, P](ctx, q, "ORDER BY id")
	if err != nil {
		return err
	}
	for i := range records {
		old := records[i]
		d.add(&entry{rec: P(&records[i]), old: P(&old), seq: -1})
	}
	return nil
}

// add makes a record findable by each of its keys.
func (d *directory) add(e *entry) {
	table := e.rec.table()
	d.all[table] = append(d.all[table], e)
	d.byID[e.id()] = e
	d.titles[e.id()] = e.name()
	for key, value := range keysOf(e.rec) {
		d.index(table+" "+key, value, e)
	}
}

func (d *directory) index(key, value string, e *entry) {
	if d.byKey[key] == nil {
		d.byKey[key] = map[string][]*entry{}
	}
	d.byKey[key][value] = append(d.byKey[key][value], e)
}

// keysOf gives what a record can be found by, folded. Blank keys are left out.
func keysOf(r record) map[string]string {
	keys := map[string]string{}
	put := func(key string, parts ...string) {
		whole := ""
		for _, p := range parts {
			if p == "" {
				return
			}
			whole += p + "\x1f"
		}
		keys[key] = whole
	}
	f := sheet.Fold
	switch v := r.(type) {
	case *Asset:
		put("number", f(v.Number))
		put("name place", f(v.Name), f(v.Place))
		put("name", f(v.Name))
		put("serial", f(v.Serial))
	case *Line:
		put("name place", f(v.Name), f(v.Place))
		put("name", f(v.Name))
	case *Vendor:
		put("same", companySame(v.Name))
		put("core", companyCore(v.Name))
	case *System:
		put("name", f(v.Name))
	case *Contract:
		put("number", f(v.Number), v.VendorID)
		put("name", f(v.Name), v.VendorID)
		put("any name", f(v.Name))
		put("any number", f(v.Number))
	}
	return keys
}

func (d *directory) find(r record, key string) []*entry {
	value, ok := keysOf(r)[key]
	if !ok {
		return nil
	}
	return d.byKey[r.table()+" "+key][value]
}

// match finds the record that a row is about: by ID, by inventory number, by
// name and place, by serial number, in this order. More than one candidate is
// a reason to reject the row; no candidate means that it is new.
func (d *directory) match(r record, id string) (*entry, text.Msg) {
	if id != "" {
		if e := d.byID[id]; e != nil && e.rec.table() == r.table() {
			return e, text.Msg{}
		}
	}
	switch v := r.(type) {
	case *Asset:
		return d.matchAsset(v)
	case *Line:
		if found := d.find(v, "name place"); len(found) > 0 {
			return one(found)
		}
		found := d.find(v, "name")
		if len(found) == 1 && (v.Place == "" || found[0].rec.(*Line).Place == "") {
			return found[0], text.Msg{}
		}
		if v.Place == "" {
			return one(found)
		}
		return nil, text.Msg{}
	case *Vendor:
		return d.vendorNamed(v.Name)
	case *System:
		return one(d.find(v, "name"))
	case *Contract:
		if found := d.find(v, "number"); len(found) > 0 {
			return one(found)
		}
		return one(d.find(v, "name"))
	}
	return nil, text.Msg{}
}

func (d *directory) matchAsset(v *Asset) (*entry, text.Msg) {
	if found := d.find(v, "number"); len(found) > 0 {
		return one(found)
	}
	found := d.unnumbered(v, d.find(v, "name place"))
	if v.Place == "" {
		found = d.unnumbered(v, d.find(v, "name"))
	}
	if len(found) == 1 {
		if twin := found[0].rec.(*Asset); v.Serial == "" || twin.Serial == "" || sheet.Fold(twin.Serial) == sheet.Fold(v.Serial) {
			return found[0], text.Msg{}
		}
	}
	serial := d.unnumbered(v, d.find(v, "serial"))
	if len(serial) > 0 || v.Serial != "" {
		return one(serial)
	}
	return one(found)
}

// unnumbered leaves those out that have another inventory number than the row.
func (d *directory) unnumbered(v *Asset, found []*entry) []*entry {
	var fit []*entry
	for _, e := range found {
		if n := e.rec.(*Asset).Number; n == "" || v.Number == "" || sheet.Fold(n) == sheet.Fold(v.Number) {
			fit = append(fit, e)
		}
	}
	return fit
}

func one(found []*entry) (*entry, text.Msg) {
	switch len(found) {
	case 0:
		return nil, text.Msg{}
	case 1:
		return found[0], text.Msg{}
	}
	return nil, text.M("asset.import.reject.ambiguous", len(found))
}

// vendorNamed finds a vendor by name. One whose name differs in the legal form
// alone is taken for the same company, with a warning.
func (d *directory) vendorNamed(name string) (*entry, text.Msg) {
	if found := d.byKey["vendor same"][companySame(name)+"\x1f"]; len(found) > 0 {
		return one(found)
	}
	if found := d.byKey["vendor core"][companyCore(name)+"\x1f"]; len(found) == 1 {
		return found[0], text.M("asset.import.warn.same_company", name, found[0].name())
	}
	return nil, text.Msg{}
}

// contractNamed finds a contract by number or name, of the vendor if there is
// one.
func (d *directory) contractNamed(name, vendor string) *entry {
	key := sheet.Fold(name) + "\x1f"
	for _, by := range []string{"number", "name"} {
		if vendor != "" {
			if found := d.byKey["contract "+by][key+vendor+"\x1f"]; len(found) == 1 {
				return found[0]
			}
		}
		if found := d.byKey["contract any "+by][key]; len(found) == 1 {
			return found[0]
		}
	}
	return nil
}

// assetNamed finds a device by inventory number or name.
func (d *directory) assetNamed(name string) *entry {
	for _, by := range []string{"asset number", "asset name"} {
		if found := d.byKey[by][sheet.Fold(name)+"\x1f"]; len(found) == 1 {
			return found[0]
		}
	}
	return nil
}

// renumber makes a changed asset findable by its new inventory number. A
// number that another asset has is refused.
func (d *directory) renumber(e *entry) error {
	a, ok := e.rec.(*Asset)
	if !ok || a.Number == "" {
		return nil
	}
	if same := d.find(a, "number"); len(same) > 0 {
		if same[0] == e {
			return nil
		}
		return fault.New(fault.Conflict, "asset.number_taken")
	}
	d.index("asset number", keysOf(a)["number"], e)
	return nil
}

// circle reports whether a vendor would be its own sub-contractor.
func (d *directory) circle(v *Vendor) bool {
	at := v.ParentID
	for range 20 {
		if at == "" {
			return false
		}
		if at == v.ID {
			return true
		}
		parent := d.byID[at]
		if parent == nil {
			return false
		}
		at = parent.rec.(*Vendor).ParentID
	}
	return true
}
