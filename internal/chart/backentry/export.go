package backentry

import (
	"archive/zip"
	"bytes"
	"context"
	"time"

	"github.com/torideproject/toride/internal/sheet"
	"github.com/torideproject/toride/internal/text"
)

// Export makes a ZIP of all entries that fit: a table (CSV, UTF-8 with byte
// order mark, so that Excel opens it) and the scans, named by the table's first
// column. say gives headings and words in the reader's language.
func (d *Desk) Export(ctx context.Context, f Filter, say func(text.Msg) string, zone *time.Location) ([]byte, int, error) {
	f.Limit, f.Offset = 0, 0
	list, _, err := d.Entries(ctx, f)
	if err != nil {
		return nil, 0, err
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	rows := [][]string{heads(say)}
	for _, e := range list {
		rows = append(rows, row(e, say, zone))
	}
	table, err := z.Create("backentry.csv")
	if err == nil {
		err = sheet.WriteCSV(table, rows, sheet.UTF8BOM)
	}
	if err != nil {
		return nil, 0, err
	}
	for _, e := range list {
		if e.ScanType == "" {
			continue
		}
		if err := d.addScan(ctx, z, e.ID); err != nil {
			return nil, 0, err
		}
	}
	if err := z.Close(); err != nil { // only now is it whole
		return nil, 0, err
	}
	return out.Bytes(), len(list), nil
}

func (d *Desk) addScan(ctx context.Context, z *zip.Writer, id string) error {
	e, err := d.Entry(ctx, id)
	if err != nil {
		return err
	}
	w, err := z.Create("scans/" + scanName(e))
	if err == nil {
		_, err = w.Write(e.Scan)
	}
	return err
}

func scanName(e Entry) string {
	ext := map[string]string{"image/jpeg": ".jpg", "image/png": ".png", "application/pdf": ".pdf"}[e.ScanType]
	return e.ID + ext
}

func heads(say func(text.Msg) string) []string {
	var out []string
	for _, k := range []string{"id", "patient", "name", "kind", "at", "by", "text", "sheet", "scan", "created_at", "created_by", "state", "settled_at", "settled_by", "note"} {
		out = append(out, say(text.M("backentry.col."+k)))
	}
	return out
}

func row(e Entry, say func(text.Msg) string, zone *time.Location) []string {
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(zone).Format("2006-01-02 15:04")
	}
	scan := ""
	if e.ScanType != "" {
		scan = "scans/" + scanName(e)
	}
	return []string{e.ID, e.Patient, e.Body.Name, say(text.M("backentry.kind." + e.Kind)), at(e.At), e.Body.By, e.Body.Text, e.Body.Sheet, scan,
		at(e.CreatedAt), e.CreatedBy, say(text.M("backentry.state." + string(e.State))), at(e.SettledAt), e.SettledBy, e.Note}
}
