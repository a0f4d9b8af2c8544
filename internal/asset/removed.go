package asset

import (
	"fmt"
	"time"

	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// RemovedPage lists what was taken off the lists, newest first.
type RemovedPage struct{ Rows []RemovedRow }

// RemovedRow is one record that can come back.
type RemovedRow struct {
	Name string
	Kind text.Msg
	URL  string
	At   time.Time
}

// removedMost bounds the list; older ones are found by their page's address.
const removedMost = 500

func (g *Register) removedPage(c *web.Call) error {
	rows, err := g.read().QueryContext(c.Ctx(), `SELECT 'asset', id, name, removed_at FROM asset_asset WHERE removed_at <> ''
		UNION ALL SELECT 'line', id, name, removed_at FROM asset_line WHERE removed_at <> ''
		UNION ALL SELECT 'vendor', id, name, removed_at FROM asset_vendor WHERE removed_at <> ''
		UNION ALL SELECT 'system', id, name, removed_at FROM asset_system WHERE removed_at <> ''
		UNION ALL SELECT 'contract', id, name, removed_at FROM asset_contract WHERE removed_at <> ''
		ORDER BY 4 DESC LIMIT ?`, removedMost)
	if err != nil {
		return fmt.Errorf("asset: removed: %w", err)
	}
	defer rows.Close()
	var p RemovedPage
	for rows.Next() {
		var table, id, at string
		var r RemovedRow
		if err := rows.Scan(&table, &id, &r.Name, &at); err != nil {
			return fmt.Errorf("asset: removed: %w", err)
		}
		if r.At, err = time.Parse(time.RFC3339Nano, at); err != nil {
			return fmt.Errorf("asset: removed: %w", err)
		}
		r.Kind, r.URL = text.M("asset.table."+table), pathOf(table)+"/"+id
		p.Rows = append(p.Rows, r)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("asset: removed: %w", err)
	}
	return c.Render("asset.removed", p)
}
