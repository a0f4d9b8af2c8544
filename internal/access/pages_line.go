package access

import (
	"errors"
	"strconv"
	"time"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// instruct gathers line and card and writes the instruction. A line that has
// left the register meanwhile still has a name and a sheet to work by hand.
func (d *Desk) instruct(c *web.Call, r Request) (Instruction, asset.Line, Card, error) {
	line, err := d.register.Line(c.Ctx(), r.LineID)
	if fault.KindOf(err) == fault.NotFound {
		line, err = asset.Line{ID: r.LineID, Name: r.LineName}, nil
	}
	if err != nil {
		return Instruction{}, line, Card{}, err
	}
	card, err := d.Card(c.Ctx(), r.LineID)
	if err != nil {
		return Instruction{}, line, card, err
	}
	return Instruct(r, line, card, d.rules.Zone), line, card, nil
}

// InstructionPage is the text to paste or the sheet to take along.
type InstructionPage struct {
	Row        Row
	In         Instruction
	How        text.Msg
	OpenTexts  []Paste // to paste into the firewall, in this order
	ShutTexts  []Paste
	Facts      []Fact
	Device     string
	Place      string
	Port       string
	Missing    text.Msg
	CardURL    string
	Photo      string // URL, empty when there is none
	PhotoNote  text.Msg
	Permitted  bool // approved, or an emergency: the opening may be done
	CanOpen    bool
	WhyNotOpen text.Msg // for a permitted opening that cannot be recorded now
	CanClose   bool
	Fold       bool   // the opening is folded away: done already, or not permitted
	Night      string // the vendor's contact at night
	DayTel     string
	Signs      []text.Msg // boxes to sign on paper
}

// Paste is one text with its heading.
type Paste struct {
	ID   string
	Say  text.Msg
	Text string
}

func pastes(pairs ...string) []Paste {
	var all []Paste
	for i := 0; i+1 < len(pairs); i += 2 {
		if words := pairs[i+1]; words != "" {
			all = append(all, Paste{ID: "text-" + pairs[i], Say: text.M("access.text." + pairs[i]), Text: words})
		}
	}
	return all
}

// PageTitle names the request.
func (p InstructionPage) PageTitle() text.Msg {
	return text.M("access.instruction.title", p.Row.Number)
}

func (d *Desk) instructionPage(c *web.Call) error {
	if err := d.insider(c); err != nil {
		return err
	}
	r, err := d.visible(c)
	if err != nil {
		return err
	}
	in, line, _, err := d.instruct(c, r)
	if err != nil {
		return err
	}
	who := byOf(c).who()
	p := InstructionPage{
		Row: d.row(r, c.Now), In: in, How: text.M("access.how." + string(in.How)), Facts: d.workFacts(r), Device: line.Device(), Place: line.Place, Port: line.Port,
		CardURL: "/access/lines/" + r.LineID, Permitted: r.State == Approved || r.State == Opened || r.State == Asked && r.Emergency,
	}
	p.OpenTexts = pastes("before", in.Before, "open", in.Open, "after", in.After)
	p.ShutTexts = pastes("longer", in.Longer, "close", in.Close, "gone", in.Gone)
	for _, name := range []string{"opened", "opened_at", "closed", "closed_at"} {
		p.Signs = append(p.Signs, text.M("access.sign."+name))
	}
	_, openErr := d.rules.Open(r, who, c.Now, in.How, "")
	p.CanOpen = c.Person.Can(PermOperate) && openErr == nil
	switch {
	case p.CanOpen || !p.Permitted: // the page says so already
	case r.State == Opened:
		p.WhyNotOpen = text.M("access.instruction.is_open")
	case openErr != nil:
		p.WhyNotOpen = fault.Of(Fault(openErr)).Msg
	default:
		p.WhyNotOpen = text.M("access.instruction.not_you")
	}
	p.Fold = r.State == Opened || !p.Permitted // a sheet for tonight must print whole
	p.CanClose = c.Person.Can(PermOperate) && r.State == Opened
	if in.Missing != nil {
		p.Missing = text.M("access.no."+string(in.Missing.Why), spoken(in.Missing.Args)...)
	}
	if p.Photo, p.PhotoNote, err = d.photoOf(c, r.LineID); err != nil {
		return err
	}
	if v, err := d.register.Vendor(c.Ctx(), r.VendorID); err == nil {
		p.Night, p.DayTel = v.NightContact, v.DayContact
	} else if fault.KindOf(err) != fault.NotFound {
		return err
	}
	return c.Render("access.instruction", p)
}

func (d *Desk) photoOf(c *web.Call, lineID string) (url string, say text.Msg, err error) {
	photo, ok, err := d.Photo(c.Ctx(), lineID)
	if err != nil || !ok {
		return "", text.Msg{}, err
	}
	return "/access/lines/" + lineID + "/photo", text.M("access.photo.added", photo.AddedAt, photo.AddedBy), nil
}

// LinePage is the card of a line: how it is opened, with its photograph.
type LinePage struct {
	Line      asset.Line
	Device    string
	How       text.Msg
	Facts     []Fact
	Form      web.Form
	Upload    web.Form
	Photo     string
	PhotoNote text.Msg
	CanEdit   bool
	Rows      []Row
}

// PageTitle names the line.
func (p LinePage) PageTitle() text.Msg { return text.M("access.line.title", p.Line.Name) }

func cardForm(lineID string, card Card) web.Form {
	short := func(name, value string) web.Field {
		return web.Field{Name: name, Label: label(name), Help: help(name), Kind: web.TextField, Max: 200, Value: value}
	}
	seen := ""
	if !card.UpdatedAt.IsZero() {
		seen = card.UpdatedAt.Format(time.RFC3339Nano)
	}
	return web.Form{
		Action: "/access/lines/" + lineID, Submit: text.M("access.card.save"), Cancel: "/access",
		Fields: []web.Field{
			{Name: "seen", Kind: web.HiddenField, Value: seen},
			{Name: "how", Label: label("how"), Help: help("how"), Kind: web.SelectField, Value: string(card.How), Options: options("access.how.", Hows()...)},
			short("src_intf", card.SrcIntf), short("dst_intf", card.DstIntf), short("vdom", card.VDOM), short("group", card.Group),
			short("plugger", card.Plugger), short("unplugger", card.Unplugger), short("marking", card.Marking),
			{Name: "note", Label: label("note"), Kind: web.AreaField, Max: MaxText, Value: card.Note, Wide: true},
		},
	}
}

func photoForm(lineID string) web.Form {
	return web.Form{
		Action: "/access/lines/" + lineID + "/photo", Submit: text.M("access.photo.save"),
		Fields: []web.Field{{Name: "photo", Label: label("photo"), Help: text.M("access.f.photo.help", MaxPhoto>>20), Kind: web.FileField,
			Accept: "image/png,image/jpeg", Required: true, Wide: true}},
	}
}

func (d *Desk) linePage(c *web.Call) error {
	if err := d.insider(c); err != nil {
		return err
	}
	line, err := d.register.Line(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	card, err := d.Card(c.Ctx(), line.ID)
	if err != nil {
		return err
	}
	p := LinePage{
		Line: line, Device: line.Device(), How: text.M("access.how." + string(ChooseHow(line, card))), Form: cardForm(line.ID, card),
		Upload: photoForm(line.ID), CanEdit: c.Person.Can(PermOperate), Facts: cardFacts(card),
	}
	if p.Photo, p.PhotoNote, err = d.photoOf(c, line.ID); err != nil {
		return err
	}
	same, err := d.onLine(c.Ctx(), line.ID)
	if err != nil {
		return err
	}
	p.Rows = d.rows(same, c.Now)
	return c.Render("access.line", p)
}

func cardFacts(card Card) []Fact {
	return []Fact{
		{label("src_intf"), raw(card.SrcIntf)}, {label("dst_intf"), raw(card.DstIntf)}, {label("vdom"), raw(card.VDOM)}, {label("group"), raw(card.Group)},
		{label("plugger"), raw(card.Plugger)}, {label("unplugger"), raw(card.Unplugger)}, {label("marking"), raw(card.Marking)}, {label("note"), raw(card.Note)},
	}
}

func (d *Desk) linePost(c *web.Call) error {
	f := cardForm(c.Path("id"), Card{})
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	f.Title = text.M("access.card.title")
	if !ok {
		return c.RenderForm(f)
	}
	seen, err := time.Parse(time.RFC3339Nano, f.Text("seen"))
	if err != nil {
		seen = time.Time{} // nothing was stored when the form was shown
	}
	card := Card{
		LineID: c.Path("id"), How: How(f.Text("how")), SrcIntf: f.Text("src_intf"), DstIntf: f.Text("dst_intf"), VDOM: f.Text("vdom"), Group: f.Text("group"),
		Plugger: f.Text("plugger"), Unplugger: f.Text("unplugger"), Marking: f.Text("marking"), Note: f.Text("note"),
	}
	if err := d.SaveCard(c.Ctx(), byOf(c), card, seen); err != nil {
		if refusedIn(&f, func(Why) string { return badName(card) }, err) {
			return c.RenderForm(f)
		}
		return err
	}
	return c.Redirect("/access/lines/"+card.LineID, text.M("access.card.saved"))
}

// badName gives the field whose name no firewall can have.
func badName(c Card) string {
	for _, n := range []struct {
		field, value string
		limit        int
	}{{"src_intf", c.SrcIntf, maxInterface}, {"dst_intf", c.DstIntf, maxInterface}, {"vdom", c.VDOM, maxVDOM}, {"group", c.Group, maxGroup}} {
		if checkName(n.value, n.limit) != nil {
			return n.field
		}
	}
	return "note"
}

func (d *Desk) photo(c *web.Call) error {
	if err := d.insider(c); err != nil {
		return err
	}
	data, err := d.PhotoJPEG(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	c.W.Header().Set("Content-Type", "image/jpeg")
	c.W.Header().Set("Content-Length", strconv.Itoa(len(data)))
	_, err = c.W.Write(data)
	return err
}

func (d *Desk) photoPost(c *web.Call) error {
	id := c.Path("id")
	f := photoForm(id)
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	f.Title = text.M("access.photo.title")
	f.Cancel = "/access/lines/" + id
	if !ok {
		return c.RenderForm(f)
	}
	up, err := f.File("photo")
	if err != nil {
		return err
	}
	if err := d.SavePhoto(c.Ctx(), byOf(c), id, up.Data); err != nil {
		var bad photoFault
		if errors.As(err, &bad) {
			f.Fail("photo", string(bad))
			return c.RenderForm(f)
		}
		return err
	}
	return c.Redirect("/access/lines/"+id, text.M("access.photo.saved"))
}

func (d *Desk) photoDelete(c *web.Call) error {
	if err := d.DeletePhoto(c.Ctx(), byOf(c), c.Path("id")); err != nil {
		return err
	}
	return c.Redirect("/access/lines/"+c.Path("id"), text.M("access.photo.deleted"))
}
