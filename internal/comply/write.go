package comply

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/web"
)

// SaveAnswer stores what a person answered. Earlier answers stay in the
// history. What an inspector would ask about it is a warning, not a refusal:
// the form lets people write down what is.
func (k *Checklist) SaveAnswer(ctx context.Context, actor ledger.Actor, key Key, topic string, a Answer) error {
	c, key, err := k.At(ctx, key.Catalogue, key.Year, key.Sheet)
	if err != nil {
		return err
	}
	item, ok := c.Find(topic)
	if !ok || !item.On(key.Sheet) {
		return fault.New(fault.NotFound, "comply.noitem")
	}
	if !slices.Contains([]Value{Open, Yes, No}, a.Value) || !isDay(a.Confirmed) || !isDay(a.Target) {
		return fault.New(fault.Invalid, "comply.badanswer")
	}
	a.Copied = false
	return k.cfg.Book.Write(ctx, actor, "comply.answer.save", func(tx *ledger.Tx) error {
		tx.Subject("comply/" + c.ItemID(key.Sheet, item))
		tx.Detail(map[string]any{"year": key.Year, "value": a.Value, "confirmed": a.Confirmed, "target": a.Target, "who": a.Who})
		return insertAnswer(ctx, tx, key, topic, a)
	})
}

func isDay(s string) bool {
	if s == "" {
		return true
	}
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// CopyBefore writes the newest earlier answer into each row that has none. The
// copies carry no confirmed day and count as unanswered until a person
// confirms each. It returns how many were written.
func (k *Checklist) CopyBefore(ctx context.Context, actor ledger.Actor, key Key) (int, error) {
	c, key, err := k.At(ctx, key.Catalogue, key.Year, key.Sheet)
	if err != nil {
		return 0, err
	}
	rows, err := k.Rows(ctx, c, key)
	if err != nil {
		return 0, err
	}
	n := 0
	err = k.cfg.Book.Write(ctx, actor, "comply.answer.copy", func(tx *ledger.Tx) error {
		for _, r := range rows {
			if r.Answer.Value != Open || len(r.Before) == 0 {
				continue
			}
			old := r.Before[0].Answer
			a := Answer{Value: old.Value, Who: old.Who, Note: old.Note, Copied: true}
			if err := insertAnswer(ctx, tx, key, r.Item.Topic, a); err != nil {
				return err
			}
			n++
		}
		tx.Subject("comply/" + key.Catalogue + ":" + key.Sheet)
		tx.Detail(map[string]any{"year": key.Year, "copied": n})
		return nil
	})
	return n, err
}

// SaveOfficer records who is responsible for the systems' security.
func (k *Checklist) SaveOfficer(ctx context.Context, actor ledger.Actor, o Officer) error {
	if o.Name == "" || !isDay(o.Since) {
		return fault.New(fault.Invalid, "comply.badofficer")
	}
	return k.cfg.Book.Write(ctx, actor, "comply.officer.save", func(tx *ledger.Tx) error {
		tx.Subject("comply/officer")
		tx.Detail(map[string]string{"name": o.Name, "post": o.Post, "since": o.Since})
		return insertOfficer(ctx, tx, o)
	})
}

// SaveDocument records a document and, if there are bytes, a copy of it. A
// copy may have at most MaxUpload bytes.
func (k *Checklist) SaveDocument(ctx context.Context, actor ledger.Actor, d Document, content []byte) (string, error) {
	switch {
	case d.Title == "" || d.Topic == "" || !isDay(d.Day):
		return "", fault.New(fault.Invalid, "comply.baddocument")
	case len(content) > MaxUpload:
		return "", fault.New(fault.TooLarge, "comply.upload.large", MaxUpload>>20)
	}
	d.File, d.SHA256 = web.CleanName(d.File), ""
	if len(content) == 0 {
		d.File, content = "", nil
	} else {
		sum := sha256.Sum256(content)
		d.SHA256 = hex.EncodeToString(sum[:])
	}
	err := k.cfg.Book.Write(ctx, actor, "comply.document.add", func(tx *ledger.Tx) error {
		d.ID = tx.NewID()
		tx.Subject("comply/document/" + d.ID)
		tx.Detail(map[string]any{"topic": d.Topic, "title": d.Title, "file": d.File, "bytes": len(content), "sha256": d.SHA256})
		return insertDocument(ctx, tx, d, content)
	})
	return d.ID, err
}

// RemoveDocument takes a document out of the list and deletes its copy.
func (k *Checklist) RemoveDocument(ctx context.Context, actor ledger.Actor, id string) (topic string, err error) {
	err = k.cfg.Book.Write(ctx, actor, "comply.document.remove", func(tx *ledger.Tx) error {
		tx.Subject("comply/document/" + id)
		topic, err = removeDocument(ctx, tx, id)
		return err
	})
	return topic, err
}

// Levels gives the radar's axes as they are now.
func (k *Checklist) Levels(ctx context.Context) ([]Level, error) {
	set, err := k.set(ctx)
	if err != nil {
		return nil, err
	}
	return k.axes.Levels(set), nil
}

// KeepRadar keeps the present figure, to compare later ones with it.
func (k *Checklist) KeepRadar(ctx context.Context, actor ledger.Actor) error {
	levels, err := k.Levels(ctx)
	if err != nil {
		return err
	}
	return k.cfg.Book.Write(ctx, actor, "comply.radar.keep", func(tx *ledger.Tx) error {
		tx.Subject("comply/radar")
		return insertRadar(ctx, tx, levels)
	})
}

// Preview is an official workbook beside a catalogue, before anybody has
// confirmed it.
type Preview struct {
	Upload    string // to confirm with
	File      string
	SHA256    string
	Catalogue *Catalogue
	Forms     []FormPreview
}

// FormPreview is one sheet of the workbook.
type FormPreview struct {
	Form    Form
	Code    string // of the catalogue's sheet with which it was compared; empty when nobody can tell
	Changes []Change
	// OtherYear is a fiscal year that the file names and the catalogue is not
	// for; 0 when they agree.
	OtherYear int
	// Published tells how the hash stands to the one that the pack has noted:
	// "same", "other", or empty when none is noted.
	Published string
}

// Filled counts the rows of the form that carry an answer.
func (p FormPreview) Filled() int {
	n := 0
	for _, r := range p.Form.Rows {
		if r.Value != Open {
			n++
		}
	}
	return n
}

// ReadOfficial reads an official workbook, keeps it for the confirmation and
// shows how it stands to the catalogue. code is used for a sheet that does not
// say which form it is; it may be empty.
func (k *Checklist) ReadOfficial(ctx context.Context, actor ledger.Actor, id, code string, file web.Upload) (Preview, error) {
	c, _, err := k.At(ctx, id, 0, "")
	if err != nil {
		return Preview{}, err
	}
	forms, sha, err := ReadForms(ctx, file.Name, file.Data)
	if err != nil {
		return Preview{}, err
	}
	u := upload{ID: ledger.NewID(), Name: file.Name, SHA: sha, Data: file.Data}
	err = k.cfg.Book.Write(ctx, actor, "comply.import.read", func(tx *ledger.Tx) error {
		tx.Subject("comply/" + c.ID)
		tx.Detail(map[string]any{"file": u.Name, "sha256": sha, "forms": len(forms)})
		return keepUpload(ctx, tx, u)
	})
	return preview(c, code, forms, u), err
}

func preview(c *Catalogue, code string, forms []Form, u upload) Preview {
	p := Preview{Upload: u.ID, File: u.Name, SHA256: u.SHA, Catalogue: c}
	for _, f := range forms {
		fp := FormPreview{Form: f, Code: f.Code}
		if !c.Has(fp.Code) {
			fp.Code = code
		}
		if c.Has(fp.Code) {
			fp.Changes = Compare(c, fp.Code, f)
		}
		if len(f.Years) > 0 && !slices.Contains(f.Years, c.EffectiveFY) {
			fp.OtherYear = f.Years[0]
		}
		for _, pub := range c.Files {
			if pub.Sheet == fp.Code && fp.Code != "" {
				fp.Published = "other"
				if pub.SHA256 == u.SHA {
					fp.Published = "same"
				}
			}
		}
		p.Forms = append(p.Forms, fp)
	}
	return p
}

// TakeOfficial takes one sheet of a kept workbook into the catalogue. With
// answers it also writes the answers that the form carries into that year.
func (k *Checklist) TakeOfficial(ctx context.Context, actor ledger.Actor, id, uploadID, code string, year int) error {
	c, key, err := k.At(ctx, id, year, code)
	if err != nil {
		return err
	}
	u, err := k.upload(ctx, uploadID, actor.ID)
	if err != nil {
		return err
	}
	forms, _, err := ReadForms(ctx, u.Name, u.Data)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(preview(c, code, forms, u).Forms, func(f FormPreview) bool { return f.Code == code })
	if at < 0 {
		return fault.New(fault.NotFound, "comply.nosheet")
	}
	changes := Compare(c, code, forms[at])
	imp := Import{File: u.Name, SHA256: u.SHA, Sheet: code, Day: k.today(), By: actor.Name}
	taken := c.Take(code, changes, imp)
	return k.cfg.Book.Write(ctx, actor, "comply.import.take", func(tx *ledger.Tx) error {
		tx.Subject("comply/" + c.ID)
		tx.Detail(map[string]any{"file": u.Name, "sha256": u.SHA, "sheet": code, "rows": len(forms[at].Rows), "answers_of_year": year})
		if err := saveCatalogue(ctx, tx, taken, imp, u.ID); err != nil {
			return err
		}
		if year == 0 || code == SheetVendor {
			return nil
		}
		return takeAnswers(ctx, tx, key, changes, u.Name)
	})
}

// takeAnswers writes the answers of a form that was filled in outside Toride.
// One without a day of confirmation stays unconfirmed.
func takeAnswers(ctx context.Context, tx *ledger.Tx, key Key, changes []Change, file string) error {
	for _, ch := range changes {
		if ch.Row.Value == Open || ch.Item.Topic == "" {
			continue
		}
		a := Answer{Value: ch.Row.Value, Confirmed: ch.Row.First, Note: file}
		if a.Value == No {
			a.Target = ch.Row.Next
		}
		if err := insertAnswer(ctx, tx, key, ch.Item.Topic, a); err != nil {
			return err
		}
	}
	return nil
}
