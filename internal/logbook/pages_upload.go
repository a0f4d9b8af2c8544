package logbook

import (
	"bytes"

	"github.com/torideproject/toride/internal/event/query"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// UploadSource is the ID under which records of uploaded files are kept.
const UploadSource = "upload"

// maxUpload is how large an event log may be that comes through the browser, in
// bytes; larger ones go by way of a watched folder.
const maxUpload = 256 << 20

func uploadForm() web.Form {
	return web.Form{Title: text.M("logbook.upload.title"), Intro: text.M("logbook.upload.intro"), Action: "/log/upload", Submit: text.M("logbook.upload.submit"), Cancel: "/log", Fields: []web.Field{
		{Name: "file", Label: text.M("logbook.upload.file"), Kind: web.FileField, Required: true, Accept: ".evtx", Help: text.M("logbook.upload.help")},
	}}
}

// takeUpload takes an event log in. Its records count as taken in later: their
// own times stand, and nobody is woken for what happened long ago.
func (d *Desk) takeUpload(c *web.Call) error {
	if d.cfg.Uploads == nil {
		return fault.New(fault.NotFound, "web.not_found")
	}
	f := uploadForm()
	if done, err := f.Taken(c); done {
		return err
	}
	up, err := f.File("file")
	if err != nil {
		return err
	}
	report, err := d.cfg.Uploads.Upload(c.Ctx(), up.Name, bytes.NewReader(up.Data), d.log.Sink(UploadSource))
	if err != nil {
		if said := fault.Of(err); said.Kind == fault.Invalid {
			f.Fields[0].Error = said.Msg
			return c.RenderForm(f)
		}
		return err
	}
	if err := d.cfg.Book.Note(c.Ctx(), ledger.ActorOf(c), "log.upload", "log", map[string]any{"file": report.Name, "sha256": report.SHA256, "records": report.Records}); err != nil {
		return err
	}
	if err := d.log.Settle(c.Ctx()); err != nil {
		return err
	}
	return c.Redirect("/log?range=400d&q="+escaped(query.Equal("toride.peer", report.Name)), text.M("logbook.upload.done", report.Name, report.Records, len(report.Damage)+report.More))
}
