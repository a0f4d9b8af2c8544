package comply

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
)

// Document is a paper or file that an inspector asks for: where it is kept,
// and a copy of it if the hospital put one in.
type Document struct {
	ID     string
	Topic  string
	Title  string
	Place  string // where the paper or the file is kept
	Day    string // day of the edition, or empty
	Note   string
	File   string // name of the copy, or empty
	Size   int
	SHA256 string
	At     time.Time
	By     string
}

// Documents gives the documents of a topic, or of all topics when it is empty,
// newest edition first.
func (k *Checklist) Documents(ctx context.Context, topic string) ([]Document, error) {
	var out []Document
	err := each(ctx, k.db(), func(r *sql.Rows) error {
		var d Document
		var at string
		if err := r.Scan(&d.ID, &d.Topic, &d.Title, &d.Place, &d.Day, &d.Note, &d.File, &d.Size, &d.SHA256, &at, &d.By); err != nil {
			return err
		}
		d.At = stamp.Read(at)
		out = append(out, d)
		return nil
	}, `SELECT id, topic, title, place, day, note, file, size, sha256, at, actor FROM comply_document
		WHERE removed = '' AND (topic = ? OR ? = '') ORDER BY topic, day DESC, id DESC LIMIT 1000`, topic, topic)
	return out, err
}

func (k *Checklist) documentCounts(ctx context.Context) (map[string]int, error) {
	out := map[string]int{}
	err := each(ctx, k.db(), func(r *sql.Rows) error {
		var topic string
		var n int
		if err := r.Scan(&topic, &n); err != nil {
			return err
		}
		out[topic] = n
		return nil
	}, `SELECT topic, count(*) FROM comply_document WHERE removed = '' GROUP BY topic`)
	return out, err
}

// content gives the stored copy of a document and checks it against its hash:
// an altered copy is refused, not handed out.
func (k *Checklist) content(ctx context.Context, id string) (Document, []byte, error) {
	var d Document
	var data []byte
	err := k.db().QueryRowContext(ctx, `SELECT id, topic, file, sha256, content FROM comply_document WHERE id = ? AND removed = '' AND file <> ''`, id).
		Scan(&d.ID, &d.Topic, &d.File, &d.SHA256, &data)
	if errors.Is(err, sql.ErrNoRows) {
		return d, nil, fault.New(fault.NotFound, "comply.nodocument")
	}
	if err != nil {
		return d, nil, fmt.Errorf("comply: document: %w", err)
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != d.SHA256 {
		return d, nil, fault.New(fault.Conflict, "comply.document.altered")
	}
	return d, data, nil
}

func insertDocument(ctx context.Context, tx *ledger.Tx, d Document, content []byte) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO comply_document(id, facility, topic, title, place, day, note, file, size, sha256, content, at, actor)
		VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, d.ID, tx.Facility, d.Topic, d.Title, d.Place, d.Day, d.Note, d.File, len(content), d.SHA256, content,
		stamp.Text(tx.Now), tx.Actor.Name)
	if err != nil {
		return fmt.Errorf("comply: document: %w", err)
	}
	return nil
}

// removeDocument takes a document out of the list. The record and its hash
// stay; the copy's bytes go.
func removeDocument(ctx context.Context, tx *ledger.Tx, id string) (topic string, err error) {
	err = tx.QueryRowContext(ctx, `UPDATE comply_document SET removed = ?, content = NULL WHERE id = ? AND removed = '' RETURNING topic`, stamp.Text(tx.Now), id).Scan(&topic)
	if errors.Is(err, sql.ErrNoRows) {
		return "", fault.New(fault.NotFound, "comply.nodocument")
	}
	if err != nil {
		return "", fmt.Errorf("comply: document: %w", err)
	}
	return topic, nil
}

// upload is a workbook between its reading and its confirmation.
type upload struct {
	ID   string
	Name string
	SHA  string
	Data []byte
}

// keepUpload stores a workbook and forgets those older than a day.
func keepUpload(ctx context.Context, tx *ledger.Tx, u upload) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM comply_upload WHERE at < ?`, stamp.Text(tx.Now.Add(-24*time.Hour))); err != nil {
		return fmt.Errorf("comply: upload: %w", err)
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO comply_upload(id, facility, name, sha256, data, actor_id, at) VALUES(?, ?, ?, ?, ?, ?, ?)`,
		u.ID, tx.Facility, u.Name, u.SHA, u.Data, tx.Actor.ID, stamp.Text(tx.Now))
	if err != nil {
		return fmt.Errorf("comply: upload: %w", err)
	}
	return nil
}

// upload gives a kept workbook; only to the person who sent it.
func (k *Checklist) upload(ctx context.Context, id, actor string) (upload, error) {
	u := upload{ID: id}
	err := k.db().QueryRowContext(ctx, `SELECT name, sha256, data FROM comply_upload WHERE id = ? AND actor_id = ?`, id, actor).Scan(&u.Name, &u.SHA, &u.Data)
	if errors.Is(err, sql.ErrNoRows) {
		return u, fault.New(fault.NotFound, "comply.import.gone")
	}
	if err != nil {
		return u, fmt.Errorf("comply: upload: %w", err)
	}
	return u, nil
}
