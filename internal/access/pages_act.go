package access

import (
	"context"
	"strconv"
	"time"

	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// actSpec is one step with a page of its own that says what will happen to
// which line before anybody presses.
type actSpec struct {
	name   string // last part of the path; texts access.act.<name>, .what, .done
	perm   web.Perm
	danger bool
	more   bool   // stands apart from the main buttons
	reason string // text field: "must", "may" or "" for none
	extra  func(d *Desk, r Request, in Instruction) []web.Field
	hide   func(r Request) bool
	// try asks the rules whether the step is possible at all, before anything
	// is typed; it answers only Denied and Conflict.
	ask func(u Rules, r Request, who Who, now time.Time) error
	do  func(ctx context.Context, d *Desk, by By, ref Ref, f *web.Form) error
}

// hidden reports whether the step makes no sense for the request's state, so
// that no button offers it.
func (s actSpec) hidden(r Request) bool { return s.hide != nil && s.hide(r) }

// try gives the refusal that no input could change, as nil or a Refusal.
func (s actSpec) try(d *Desk, r Request, who Who, now time.Time) error {
	err := s.ask(d.rules, r, who, now)
	var refusal *Refusal
	if asRefusal(err, &refusal) && refusal.Class() == ClassInvalid {
		return nil // what was typed decides
	}
	return err
}

// actSpecs lists the steps in the order of the buttons.
func actSpecs() []actSpec {
	return append(decideSpecs(), workSpecs()...)
}

func decideSpecs() []actSpec {
	return []actSpec{
		{name: "approve", perm: PermApprove, reason: "may",
			ask: func(u Rules, r Request, who Who, now time.Time) error {
				_, err := u.Approve(r, who, now, "")
				return err
			},
			do: func(ctx context.Context, d *Desk, by By, ref Ref, f *web.Form) error {
				_, err := d.Approve(ctx, by, ref, f.Text("reason"))
				return err
			}},
		{name: "refuse", perm: PermApprove, reason: "must", danger: true,
			ask: func(u Rules, r Request, who Who, now time.Time) error {
				_, err := u.Refuse(r, who, now, "")
				return err
			},
			do: func(ctx context.Context, d *Desk, by By, ref Ref, f *web.Form) error {
				_, err := d.Refuse(ctx, by, ref, f.Text("reason"))
				return err
			}},
		{name: "lengthen", perm: PermApprove, reason: "may",
			ask: func(u Rules, r Request, who Who, now time.Time) error {
				_, err := u.DecideExtension(r, who, now, true, "")
				return err
			},
			hide: func(r Request) bool { return r.Pending() == nil },
			do: func(ctx context.Context, d *Desk, by By, ref Ref, f *web.Form) error {
				_, err := d.Lengthen(ctx, by, ref, true, f.Text("reason"))
				return err
			}},
		{name: "not-lengthen", perm: PermApprove, reason: "must", danger: true,
			ask: func(u Rules, r Request, who Who, now time.Time) error {
				_, err := u.DecideExtension(r, who, now, false, "")
				return err
			},
			hide: func(r Request) bool { return r.Pending() == nil },
			do: func(ctx context.Context, d *Desk, by By, ref Ref, f *web.Form) error {
				_, err := d.Lengthen(ctx, by, ref, false, f.Text("reason"))
				return err
			}},
	}
}

func workSpecs() []actSpec {
	return []actSpec{
		{name: "open", perm: PermOperate, reason: "may", danger: true, extra: openFields,
			ask: func(u Rules, r Request, who Who, now time.Time) error {
				_, err := u.Open(r, who, now, Plug, "")
				return err
			},
			do: func(ctx context.Context, d *Desk, by By, ref Ref, f *web.Form) error {
				_, err := d.Open(ctx, by, ref, How(f.Text("how")), f.Text("reason"))
				return err
			}},
		{name: "close", perm: PermOperate, reason: "may", extra: closeFields,
			ask: func(u Rules, r Request, who Who, now time.Time) error { _, err := u.Close(r, who, now, ""); return err },
			do: func(ctx context.Context, d *Desk, by By, ref Ref, f *web.Form) error {
				_, err := d.Close(ctx, by, ref, f.Text("reason"))
				return err
			}},
		{name: "extend", perm: PermRequest, reason: "must", extra: extendFields, more: true,
			ask: func(u Rules, r Request, who Who, now time.Time) error {
				_, err := u.Extend(r, who, now, r.Until.Add(time.Minute), "-")
				return err
			},
			do: func(ctx context.Context, d *Desk, by By, ref Ref, f *web.Form) error {
				_, err := d.Extend(ctx, by, ref, f.Time("until"), f.Text("reason"))
				return err
			}},
		{name: "cancel", perm: PermRequest, reason: "must", danger: true, more: true,
			ask: func(u Rules, r Request, who Who, now time.Time) error {
				_, err := u.Cancel(r, who, now, "")
				return err
			},
			do: func(ctx context.Context, d *Desk, by By, ref Ref, f *web.Form) error {
				_, err := d.Cancel(ctx, by, ref, f.Text("reason"))
				return err
			}},
		{name: "undo", perm: PermRead, more: true,
			ask: func(u Rules, r Request, who Who, now time.Time) error { _, err := u.CanUndo(r, who, now); return err },
			do: func(ctx context.Context, d *Desk, by By, ref Ref, _ *web.Form) error {
				_, err := d.TakeBack(ctx, by, ref)
				return err
			}},
	}
}

func openFields(_ *Desk, _ Request, in Instruction) []web.Field {
	return []web.Field{
		{Name: "how", Label: label("how"), Kind: web.SelectField, Required: true, Value: string(in.How), Options: options("access.how.", Firewall, Plug, ByHand)},
		{Name: "called", Label: text.M("access.f.called"), Kind: web.CheckField, Required: true, Wide: true},
		{Name: "done", Label: text.M("access.f.opened"), Kind: web.CheckField, Required: true, Wide: true},
	}
}

func closeFields(_ *Desk, _ Request, _ Instruction) []web.Field {
	return []web.Field{{Name: "done", Label: text.M("access.f.closed"), Kind: web.CheckField, Required: true, Wide: true}}
}

func extendFields(d *Desk, r Request, _ Instruction) []web.Field {
	return []web.Field{{Name: "until", Label: text.M("access.f.new_until"), Help: text.M("access.f.new_until.help", int(d.rules.MaxWindow.Hours())),
		Kind: web.TimeField, Required: true, Value: web.TimeValue(r.Until, d.rules.Zone)}}
}

// ActPage says what a step will do to which line, and asks.
type ActPage struct {
	Title       text.Msg
	Row         Row
	What        text.Msg // one line each: what happens, what it means, what to look at
	Undo        text.Msg // whether and how it can be undone
	Doubts      []text.Msg
	Overlaps    []Row
	Instruction string // URL of the text or sheet to work from
	Form        web.Form
}

// PageTitle is the title of the page.
func (p ActPage) PageTitle() text.Msg { return p.Title }

// pageOf gathers the page of a step for the request.
func (d *Desk) pageOf(c *web.Call, s actSpec, r Request) (ActPage, error) {
	what := "access.act." + s.name + ".what"
	if r.Opening != nil && (s.name == "approve" || s.name == "refuse") {
		what = "access.act." + s.name + ".after"
	}
	until := r.Until
	if x := r.Pending(); x != nil {
		until = x.Until
	}
	p := ActPage{
		Title: text.M("access.act."+s.name+".title", r.Number), Row: d.row(r, c.Now),
		What: text.M(what, r.LineName, r.VendorName, d.window(r.From, r.Until), until), Undo: text.M("access.act."+s.name+".undo", int(d.rules.Undo.Minutes())),
	}
	in := Instruction{}
	if byOf(c).Vendor == "" {
		var err error
		if in, _, _, err = d.instruct(c, r); err != nil {
			return p, err
		}
		if s.name == "open" || s.name == "close" {
			p.Instruction = requestURL(r.ID, "/instruction")
		}
	}
	if s.name == "undo" {
		step, _, _ := r.Undoable()
		p.What = text.M("access.act.undo.what."+string(step), r.LineName, r.VendorName)
	}
	if s.name == "approve" {
		if err := d.warn(c, r, &p); err != nil {
			return p, err
		}
	}
	p.Form = d.formOf(s, r, in)
	return p, nil
}

// warn adds what an approver should have seen: doubts about the computer, and
// other work on the same line.
func (d *Desk) warn(c *web.Call, r Request, p *ActPage) error {
	for _, doubt := range d.rules.Doubts(r, c.Now) {
		p.Doubts = append(p.Doubts, text.M("access.doubt."+string(doubt)))
	}
	same, err := d.onLine(c.Ctx(), r.LineID)
	if err != nil {
		return err
	}
	p.Overlaps = d.rows(Overlapping(r, same, c.Now), c.Now)
	return nil
}

func (d *Desk) formOf(s actSpec, r Request, in Instruction) web.Form {
	f := web.Form{
		Action: requestURL(r.ID, "/"+s.name), Submit: text.M("access.act." + s.name), Danger: s.danger, Cancel: requestURL(r.ID, ""),
		Fields: []web.Field{{Name: "version", Kind: web.HiddenField, Value: strconv.Itoa(r.Version)}},
	}
	if s.extra != nil {
		f.Fields = append(f.Fields, s.extra(d, r, in)...)
	}
	if s.reason != "" {
		f.Fields = append(f.Fields, web.Field{Name: "reason", Label: text.M("access.f.reason." + s.reason), Kind: web.AreaField,
			Required: s.reason == "must", Max: MaxText, Wide: true})
	}
	return f
}

func (d *Desk) actPage(c *web.Call, s actSpec) error {
	r, err := d.visible(c)
	if err != nil {
		return err
	}
	if err := s.try(d, r, byOf(c).who(), c.Now); err != nil {
		return Fault(err)
	}
	p, err := d.pageOf(c, s, r)
	if err != nil {
		return err
	}
	return c.Render("access.act", p)
}

func (d *Desk) actPost(c *web.Call, s actSpec) error {
	r, err := d.visible(c)
	if err != nil {
		return err
	}
	p, err := d.pageOf(c, s, r)
	if err != nil {
		return err
	}
	f := p.Form
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	f.Title, f.Intro = p.Title, p.What
	if !ok {
		return c.RenderForm(f)
	}
	if err := s.do(c.Ctx(), d, byOf(c), refOf(r.ID, &f), &f); err != nil {
		at := func(why Why) string {
			if why == NeedReason {
				return "reason"
			}
			return "until"
		}
		if refusedIn(&f, at, err) {
			return c.RenderForm(f)
		}
		return err
	}
	next := requestURL(r.ID, "")
	if s.name == "approve" && c.Person.Can(PermOperate) && r.Opening == nil {
		next = requestURL(r.ID, "/instruction")
	}
	return c.Redirect(next, text.M("access.act."+s.name+".done", r.Number))
}
