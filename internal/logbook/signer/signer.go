// Package signer keeps the key that signs the log of sealed records.
//
// The key is made once for a facility, sealed in the database and therefore in
// its backups; the public key is kept in the clear, because everybody who checks a
// copy of the records needs it. A key that cannot be opened any more (another
// seal key after a restore) is put aside: a new one signs from then on, and the
// old public key still counts for what it signed.
package signer

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"

	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/seal"
)

//go:embed migrate/*.sql
var files embed.FS

// Keys are the key that signs, and all keys whose signature counts.
type Keys struct {
	Signer note.Signer
	Known  []note.Verifier
	Public []string // of Known, as note writes verifier keys; the newest last
}

// Open gives the keys of the facility, and makes one where there is none that
// can be used. A new key is an act with a line in the ledger.
func Open(ctx context.Context, book *ledger.Book, box *seal.Box) (Keys, error) {
	if err := book.DB().Migrate(ctx, "signer", files); err != nil {
		return Keys{}, err
	}
	keys, err := stored(ctx, book, box)
	if err != nil || keys.Signer != nil {
		return keys, err
	}
	private, public, err := note.GenerateKey(rand.Reader, "toride/"+book.Facility())
	if err != nil {
		return keys, fmt.Errorf("signer: %w", err)
	}
	sealed, err := box.Seal([]byte(private))
	if err != nil {
		return keys, err
	}
	err = book.Write(ctx, ledger.Actor{ID: "toride", Name: "toride", Via: "toride"}, "log.key", func(tx *ledger.Tx) error {
		tx.Subject("log/key")
		tx.Detail(map[string]string{"public": public})
		_, err := tx.ExecContext(ctx, "INSERT INTO signer_key(id, facility, public, sealed, made_at) VALUES(?,?,?,?,?)", tx.NewID(), tx.Facility, public, sealed, tx.Now.UnixMilli())
		return err
	})
	if err != nil {
		return keys, err
	}
	return stored(ctx, book, box)
}

func stored(ctx context.Context, book *ledger.Book, box *seal.Box) (keys Keys, err error) {
	rows, err := book.DB().Read().QueryContext(ctx, "SELECT public, sealed FROM signer_key ORDER BY made_at, id")
	if err != nil {
		return keys, fmt.Errorf("signer: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var public string
		var sealed []byte
		if err := rows.Scan(&public, &sealed); err != nil {
			return keys, fmt.Errorf("signer: %w", err)
		}
		verifier, err := note.NewVerifier(public)
		if err != nil {
			return keys, fmt.Errorf("signer: public key: %w", err)
		}
		keys.Known, keys.Public = append(keys.Known, verifier), append(keys.Public, public)
		keys.Signer = nil // the newest key signs
		if private, err := box.Open(sealed); err == nil {
			if keys.Signer, err = note.NewSigner(string(private)); err != nil {
				return keys, errors.New("signer: the sealed key is damaged")
			}
		}
	}
	return keys, rows.Err()
}
