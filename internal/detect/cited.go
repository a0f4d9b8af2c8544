package detect

import (
	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/web"
)

// Cited gives the alerts that keep an entry as evidence, the newest first, for
// a reader who may see them. An alert of many findings keeps some of their
// entries only, so an entry without alerts may still have been found.
func (d *Desk) Cited(c *web.Call, at event.Position) ([]AlertRow, error) {
	if !c.Person.Can(PermRead) {
		return nil, nil
	}
	list, err := d.alerts(c.Ctx(), `WHERE id IN (SELECT alert FROM detect_sample WHERE json_extract(body, '$.at.Epoch') = ?
		AND json_extract(body, '$.at.Seq') = ? AND json_extract(body, '$.at.Index') = ?) ORDER BY last_at DESC, no DESC LIMIT 20`, at.Epoch, at.Seq, at.Index)
	if err != nil {
		return nil, err
	}
	v := VoiceOf(c)
	var rows []AlertRow
	for _, a := range list {
		rows = append(rows, v.row(a, c.Now))
	}
	return rows, nil
}
