package access

import (
	"strings"
	"time"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/text"
)

// How says by which means a line is opened. The names are stored.
type How string

// The means. ByHand is any device whose text Toride cannot write: the values to
// enter are printed instead.
const (
	HowUnset How = "" // choose from the register
	Firewall How = "fortios"
	Plug     How = "plug"
	ByHand   How = "hand"
)

// Hows lists the choices of the form.
func Hows() []How { return []How{HowUnset, Firewall, Plug, ByHand} }

// Card says how one outside line is opened in practice. Socket and place stand
// in the register; the card adds what only the people at the device know.
type Card struct {
	LineID    string    `json:"line_id"`
	How       How       `json:"how"`
	SrcIntf   string    `json:"src_intf"`  // firewall: interface, tunnel or zone from which the vendor comes
	DstIntf   string    `json:"dst_intf"`  // firewall: interface or zone of the targets
	VDOM      string    `json:"vdom"`      // firewall: virtual domain, empty when there is only one
	Group     string    `json:"group"`     // firewall: user group that must sign in (SSL-VPN), or empty
	Plugger   string    `json:"plugger"`   // plug: who plugs in
	Unplugger string    `json:"unplugger"` // plug: who pulls out, somebody in the house at that hour
	Marking   string    `json:"marking"`   // plug: label and colour of the cable
	Note      string    `json:"note"`
	UpdatedAt time.Time `json:"updated_at"`
	UpdatedBy string    `json:"updated_by"`
}

// Check refuses a card whose names no firewall can have.
func (c Card) Check() error {
	for _, n := range []struct {
		s string
		n int
	}{{c.SrcIntf, maxInterface}, {c.DstIntf, maxInterface}, {c.VDOM, maxVDOM}, {c.Group, maxGroup}} {
		if err := checkName(n.s, n.n); err != nil {
			return err
		}
	}
	for _, s := range []string{c.Plugger, c.Unplugger, c.Marking, c.Note} {
		if len([]rune(s)) > MaxText {
			return refuse(TooMuchText, MaxText)
		}
	}
	return nil
}

// ChooseHow gives the means for a line: what the card says, else what the
// register lets one suppose.
func ChooseHow(line asset.Line, card Card) How {
	if card.How != HowUnset {
		return card.How
	}
	device := strings.ToLower(line.Device())
	if strings.Contains(device, "fortios") || strings.Contains(device, "fortigate") || strings.Contains(device, "fortinet") {
		return Firewall
	}
	if line.Port != "" {
		return Plug
	}
	return ByHand
}

// Instruction is what a person does to open, lengthen and close one line for
// one request. Before to Gone are texts to paste and are empty unless How is
// Firewall; Missing says why a text could not be written.
type Instruction struct {
	How     How
	Name    string // name of the firewall's objects
	Before  string // look first
	Open    string
	After   string // check that it stands as meant
	Longer  string // after an approved extension
	Close   string
	Gone    string // check that nothing is left
	Missing *Refusal
	Notes   []text.Msg // what to know about this line and request
	Opening []text.Msg // steps of a plug or of opening by hand, to be ticked
	Closing []text.Msg
}

// Instruct writes the instruction. It never fails: what cannot be written is
// said in Missing, and the steps by hand take its place.
func Instruct(r Request, line asset.Line, card Card, zone *time.Location) Instruction {
	in := Instruction{How: ChooseHow(line, card)}
	if in.How == Firewall {
		j, err := newFirewallJob(r, card, line.Version, zone)
		if err == nil {
			in.Name, in.Before, in.Open, in.After = j.name, j.before(), j.opening(), j.after()
			in.Close, in.Gone = j.closing(), j.gone()
			if len(r.Extensions) > 0 {
				in.Longer = j.longer()
			}
			in.Notes = append(lineNotes(line), firewallNotes(r, line, card)...)
			return in
		}
		in.Missing, _ = err.(*Refusal) // every error of newFirewallJob is one
	}
	in.Opening, in.Closing = steps(r, line, card, in.How, zone)
	in.Notes = lineNotes(line)
	return in
}

// lineNotes warns of what no instruction of ours can close, and of a device
// that is somebody else's.
func lineNotes(line asset.Line) []text.Msg {
	var notes []text.Msg
	if line.Standing() {
		notes = append(notes, text.M("access.note.standing"))
	}
	if line.OwnerParty == asset.ByVendor {
		notes = append(notes, text.M("access.note.owner"))
	}
	return notes
}

func firewallNotes(r Request, line asset.Line, card Card) []text.Msg {
	notes := []text.Msg{
		text.M("access.note.clock"),
		text.M("access.note.exists"),
		text.M("access.note.order"),
		text.M("access.note.sessions"),
	}
	if line.Version == "" {
		notes = append(notes, text.M("access.note.version"))
	}
	if strings.HasPrefix(card.SrcIntf, "ssl.") && card.Group == "" {
		notes = append(notes, text.M("access.note.group"))
	}
	for _, s := range r.Services {
		if !s.UDP && s.From <= 3389 && s.To >= 3389 {
			notes = append(notes, text.M("access.note.rdp"))
			break
		}
	}
	return notes
}

// steps gives the check-list for a plug, or for a device that people set by
// hand. Unknown places and persons are said to be unknown, so that a sheet with
// a gap is seen before the night on which it is needed.
func steps(r Request, line asset.Line, card Card, how How, zone *time.Location) (open, shut []text.Msg) {
	from, until := r.From.In(zone), r.Until.In(zone)
	said := func(s string) any {
		if strings.TrimSpace(s) == "" {
			return text.M("access.unknown")
		}
		return s
	}
	open = []text.Msg{
		text.M("access.step.caller", r.VendorName),
		text.M("access.step.persons", strings.Join(r.Persons, " / ")),
		text.M("access.step.wait", from),
	}
	if how == Plug {
		open = append(open,
			text.M("access.step.find", said(line.Place), said(line.Port), said(card.Marking)),
			text.M("access.step.photo"),
			text.M("access.step.plug", said(card.Plugger)),
			text.M("access.step.lamp"))
		shut = []text.Msg{
			text.M("access.step.ended", r.VendorName, until),
			text.M("access.step.unplug", said(line.Port), said(card.Unplugger)),
			text.M("access.step.dark"),
			text.M("access.step.photo_after"),
		}
	} else {
		open = append(open,
			text.M("access.step.device", said(line.Device()), said(line.Place)),
			text.M("access.step.values"),
			text.M("access.step.log"))
		shut = []text.Msg{
			text.M("access.step.ended", r.VendorName, until),
			text.M("access.step.remove", said(line.Device())),
			text.M("access.step.sessions"),
		}
	}
	open = append(open, text.M("access.step.record_open"))
	shut = append(shut, text.M("access.step.record_close"))
	return open, shut
}
