package access

import (
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// listed is how many assets the form offers as boxes; more are typed by name.
const listed = 40

// offer is what a form about one line offers.
type offer struct {
	line    asset.Line
	vendors []asset.Vendor
	assets  []asset.Asset
	fixed   string // the vendor, when the reader is a vendor's person
}

func label(name string) text.Msg { return text.M("access.f." + name) }
func help(name string) text.Msg  { return text.M("access.f." + name + ".help") }

func options[T ~string](prefix string, list ...T) []web.Option {
	var all []web.Option
	for _, v := range list {
		name := string(v)
		if name == "" {
			name = "unknown"
		}
		all = append(all, web.Option{Value: string(v), Say: text.M(prefix + name)})
	}
	return all
}

// requestForm declares the form of a request.
func requestForm(o offer, action, cancel string) web.Form {
	fields := []web.Field{{Name: "version", Kind: web.HiddenField}, {Name: "line", Kind: web.HiddenField, Value: o.line.ID}}
	if o.fixed == "" {
		f := web.Field{Name: "vendor", Label: label("vendor"), Kind: web.SelectField, Required: true, Value: o.line.VendorID}
		f.Options = append(f.Options, web.Option{Say: text.M("access.choose")})
		for _, v := range o.vendors {
			f.Options = append(f.Options, web.Option{Value: v.ID, Say: text.Raw(v.Name)})
		}
		fields = append(fields, f)
	}
	fields = append(fields, workFields()...)
	if len(o.assets) > 0 {
		f := web.Field{Name: "assets", Label: label("assets"), Kind: web.ChecksField, Wide: true}
		for _, a := range o.assets {
			f.Options = append(f.Options, web.Option{Value: a.ID, Say: text.Raw(strings.TrimSpace(a.Name + " " + a.Address))})
		}
		fields = append(fields, f)
	}
	fields = append(fields, reachFields()...)
	fields = append(fields, pcFields()...)
	return web.Form{Action: action, Submit: text.M("access.form.submit"), Cancel: cancel, Fields: fields}
}

func workFields() []web.Field {
	return []web.Field{
		{Name: "ticket", Label: label("ticket"), Help: help("ticket"), Kind: web.TextField, Max: 100},
		{Name: "purpose", Label: label("purpose"), Help: help("purpose"), Kind: web.AreaField, Required: true, Max: MaxText, Wide: true},
		{Name: "from", Label: label("from"), Help: help("from"), Kind: web.TimeField, Required: true},
		{Name: "until", Label: label("until"), Help: help("until"), Kind: web.TimeField, Required: true},
		{Name: "emergency", Label: label("emergency"), Help: help("emergency"), Kind: web.CheckField, Wide: true},
		{Name: "mode", Label: label("mode"), Kind: web.RadioField, Required: true, Value: string(Remote), Options: options("access.mode.", Modes()...)},
		{Name: "persons", Label: label("persons"), Help: help("persons"), Kind: web.AreaField, Required: true, Max: MaxText},
		{Name: "patient", Label: label("patient"), Kind: web.RadioField, Options: options("access.answer.", asset.No, asset.Yes, asset.NotKnown)},
		{Name: "patient_note", Label: label("patient_note"), Help: help("patient_note"), Kind: web.TextField, Max: 500},
	}
}

func reachFields() []web.Field {
	return []web.Field{
		{Name: "targets", Label: label("targets"), Help: help("targets"), Kind: web.AreaField, Max: MaxText, Wide: true},
		{Name: "services", Label: label("services"), Help: help("services"), Kind: web.TextField, Max: 500},
		{Name: "sources", Label: label("sources"), Help: help("sources"), Kind: web.TextField, Max: 500},
	}
}

func pcFields() []web.Field {
	// the form has no headings inside: each label says whose PC it is
	whose := func(name string) text.Msg {
		return text.M("access.f.pc", text.M("access.pc."+strings.TrimPrefix(name, "pc_")))
	}
	short := func(name string) web.Field {
		return web.Field{Name: name, Label: whose(name), Kind: web.TextField, Max: 200}
	}
	day := func(name string) web.Field {
		return web.Field{Name: name, Label: whose(name), Help: help(name), Kind: web.DayField}
	}
	return []web.Field{
		short("pc_company"), short("pc_place"), short("pc_name"), short("pc_os"), day("pc_patched"), short("pc_antivirus"), day("pc_pattern"),
		{Name: "pc_sharing", Label: whose("pc_sharing"), Kind: web.SelectField, Options: options("access.sharing.", SharingUnknown, Dedicated, Shared)},
		{Name: "pc_network", Label: whose("pc_network"), Help: help("pc_network"), Kind: web.TextField, Max: 200},
	}
}

// fill puts a request into the form.
func (o offer) fill(f *web.Form, r Request, zone zoned) {
	if o.fixed == "" {
		f.Set("vendor", r.VendorID)
	}
	for name, value := range map[string]string{
		"purpose": r.Purpose, "ticket": r.Ticket, "from": zone(r.From), "until": zone(r.Until), "mode": string(r.Mode),
		"persons": strings.Join(r.Persons, "\n"), "patient": string(r.PatientData), "patient_note": r.PatientNote,
		"services": joinServices(r.Services), "sources": strings.Join(r.Sources, " "), "pc_company": r.PC.Company,
		"pc_place": r.PC.Place, "pc_name": r.PC.Name, "pc_os": r.PC.OS, "pc_patched": r.PC.PatchedOn,
		"pc_antivirus": r.PC.Antivirus, "pc_pattern": r.PC.PatternOn, "pc_sharing": string(r.PC.Sharing), "pc_network": r.PC.Network,
	} {
		f.Set(name, value)
	}
	if r.Emergency {
		f.Set("emergency", "yes")
	}
	var typed []string
	for _, t := range r.Targets {
		if slices.ContainsFunc(o.assets, func(a asset.Asset) bool { return a.ID == t.AssetID }) {
			for i := range f.Fields {
				if f.Fields[i].Name == "assets" {
					f.Fields[i].Values = append(f.Fields[i].Values, t.AssetID)
				}
			}
			continue
		}
		typed = append(typed, strings.TrimSpace(t.Name+" "+t.Address))
	}
	f.Set("targets", strings.Join(typed, "\n"))
}

// request reads the request out of a form that Read has checked. What the
// domain's own parsers refuse is put at its field.
func (o offer) request(f *web.Form) (Request, bool) {
	r := Request{
		LineID: o.line.ID, VendorID: o.fixed, Purpose: f.Text("purpose"), Ticket: f.Text("ticket"),
		From: f.Time("from"), Until: f.Time("until"), Emergency: f.Checked("emergency"), Mode: Mode(f.Text("mode")),
		Persons: lines(f.Text("persons")), PatientData: asset.Answer(f.Text("patient")), PatientNote: f.Text("patient_note"),
		PC: PC{Company: f.Text("pc_company"), Place: f.Text("pc_place"), Name: f.Text("pc_name"), OS: f.Text("pc_os"),
			PatchedOn: f.Text("pc_patched"), Antivirus: f.Text("pc_antivirus"), PatternOn: f.Text("pc_pattern"),
			Sharing: Sharing(f.Text("pc_sharing")), Network: f.Text("pc_network")},
	}
	if o.fixed == "" {
		r.VendorID = f.Text("vendor")
	}
	ok := true
	fail := func(field string, err error) {
		ok = false
		failAt(f, field, err)
	}
	for _, s := range strings.FieldsFunc(f.Text("services"), separator) {
		v, err := ParseService(s)
		if err != nil {
			fail("services", err)
		}
		r.Services = append(r.Services, v)
	}
	for _, s := range strings.FieldsFunc(f.Text("sources"), separator) {
		v, err := ParseRange(s)
		if err != nil {
			fail("sources", err)
			continue
		}
		r.Sources = append(r.Sources, v.String())
	}
	if len(o.assets) > 0 {
		for _, a := range o.assets {
			if slices.Contains(f.List("assets"), a.ID) {
				r.Targets = append(r.Targets, Target{AssetID: a.ID, Name: a.Name, Address: a.Address})
			}
		}
	}
	for _, line := range lines(f.Text("targets")) {
		r.Targets = append(r.Targets, parseTarget(line))
	}
	return r, ok
}

// parseTarget splits "給食サーバ 10.20.0.5 10.20.0.6": what reads as an address
// from the right is one, the rest is the name.
func parseTarget(s string) Target {
	fields := strings.Fields(s)
	n := len(fields)
	for n > 0 {
		if _, err := ParseRange(fields[n-1]); err != nil {
			break
		}
		n--
	}
	t := Target{Name: strings.Join(fields[:n], " "), Address: strings.Join(fields[n:], " ")}
	if t.Name == "" {
		t.Name = t.Address
	}
	return t
}

// separator splits lists as people write them, 、 and full-width spaces too.
func separator(r rune) bool { return strings.ContainsRune(" ,;\t\n、，；\u3000", r) }

func lines(s string) []string {
	var all []string
	for _, l := range strings.Split(s, "\n") {
		if l = strings.TrimSpace(l); l != "" {
			all = append(all, l)
		}
	}
	return all
}

func joinServices(list []Service) string {
	words := make([]string, len(list))
	for i, s := range list {
		words[i] = s.String()
	}
	return strings.Join(words, " ")
}

// fieldOf says at which field of the request's form a refusal is shown.
func fieldOf(why Why) string {
	switch why {
	case NeedVendor, ForeignVendor:
		return "vendor"
	case NoWindow, TooLong:
		return "until"
	case InThePast:
		return "from"
	case NeedPersons:
		return "persons"
	case NeedTargets, NeedAddress:
		return "targets"
	case NeedPC:
		return "pc_place"
	case BadAddress:
		return "sources"
	}
	return "purpose"
}
