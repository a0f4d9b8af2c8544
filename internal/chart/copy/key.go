package copy

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/chart/vault"
	"github.com/torideproject/toride/internal/durable"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sqlite"
)

// machineFile holds what the copying machine keeps, sealed by Config.Seal.
const machineFile = "machine.age"

// Key is a key of the copies, as Toride knows it: never the key itself.
type Key struct {
	ID       string
	Made     time.Time
	By       string
	Holders  []string // who got a part; empty: envelope only
	Need     int      // parts that open
	Envelope []byte   // the key sealed with the envelope's code; nil: none
	Tested   time.Time
	Tester   string
	Retired  time.Time // zero: in use
}

const keyColumns = "id, made, who, holders, need, envelope, tested, tester, retired"

func scanKey(row sqlite.Row) (k Key, err error) {
	var made, holders, tested, retired string
	if err := row.Scan(&k.ID, &made, &k.By, &holders, &k.Need, &k.Envelope, &tested, &k.Tester, &retired); err != nil {
		return k, err
	}
	k.Made, k.Tested, k.Retired = stamp.Read(made), stamp.Read(tested), stamp.Read(retired)
	return k, json.Unmarshal([]byte(holders), &k.Holders)
}

// Keys lists all keys, newest first: older ones open older generations.
func (d *Copier) Keys(ctx context.Context) ([]Key, error) {
	return each(ctx, d.db(), scanKey, "SELECT "+keyColumns+" FROM copy_key ORDER BY made DESC, id")
}

// machine reads what this machine keeps. Without a key it is "copy.key.none".
func (d *Copier) machine() (*vault.Machine, error) {
	sealed, err := os.ReadFile(filepath.Join(d.cfg.Dir, machineFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.Conflict, "copy.key.none")
	}
	if err != nil {
		return nil, fault.New(fault.Internal, "vault.machine.bad").With(err)
	}
	data, err := d.cfg.Seal.Open(sealed)
	if err != nil {
		return nil, err
	}
	return vault.ParseMachine(data)
}

// Fingerprint is the machine's, to be printed with the parts; "" without a key.
func (d *Copier) Fingerprint() (string, error) {
	m, err := d.machine()
	if isFault(err, "copy.key.none") {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return m.Fingerprint(), nil
}

// Ceremony says for whom a key is made.
type Ceremony struct {
	Holders  []string // each gets a part; none: no parts
	Need     int      // parts that open
	Envelope bool     // a code for a sealed envelope
}

// soon is how long a second key is refused: a page that is loaded again would
// otherwise retire the key whose sheets are being printed.
const soon = time.Minute

// Made is what a ceremony shows once.
type Made struct {
	Key         Key
	Parts       []vault.Part
	Code        string // of the envelope; "" without
	Fingerprint string // of the copying machine
}

// MakeKey makes the key of the copies: the first, or a new one that later
// generations are sealed for. The parts and the code it gives are shown once
// and kept nowhere. Older generations keep opening with the older key. It
// takes about a second with an envelope.
func (d *Copier) MakeKey(ctx context.Context, actor ledger.Actor, c Ceremony) (*Made, error) {
	if len(c.Holders) == 0 && !c.Envelope {
		return nil, fault.New(fault.Invalid, "copy.key.nobody")
	}
	keys, err := d.Keys(ctx)
	if err != nil {
		return nil, err
	}
	if len(keys) > 0 && d.cfg.Clock().Sub(keys[0].Made) < soon {
		return nil, fault.New(fault.Conflict, "copy.key.twice", keys[0].ID)
	}
	key, err := vault.NewKey()
	if err != nil {
		return nil, err
	}
	made := &Made{Key: Key{ID: key.ID(), By: actor.Name, Holders: c.Holders}}
	if len(c.Holders) > 0 {
		made.Key.Need = c.Need
		if made.Parts, err = key.Parts(c.Need, c.Holders...); err != nil {
			return nil, err
		}
	}
	if c.Envelope {
		if made.Code, made.Key.Envelope, err = key.Envelope(); err != nil {
			return nil, err
		}
	}
	machine, err := d.machineFor(key.Recipient())
	if err != nil {
		return nil, err
	}
	made.Fingerprint = machine.Fingerprint()
	sealed, err := d.cfg.Seal.Seal(machine.Bytes())
	if err != nil {
		return nil, err
	}
	holders, err := json.Marshal(append([]string{}, c.Holders...))
	if err != nil {
		return nil, err
	}
	err = d.cfg.Book.Write(ctx, actor, "copy.key.make", func(tx *ledger.Tx) error {
		made.Key.Made = tx.Now
		tx.Subject("copy/key/" + made.Key.ID)
		tx.Detail(map[string]any{"holders": c.Holders, "need": made.Key.Need, "envelope": c.Envelope, "machine": made.Fingerprint})
		if _, err := tx.ExecContext(ctx, "UPDATE copy_key SET retired = ? WHERE retired = ''", stamp.Text(tx.Now)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO copy_key(facility, "+keyColumns+") VALUES(?,?,?,?,?,?,?,'','','')",
			tx.Facility, made.Key.ID, stamp.Text(tx.Now), actor.Name, string(holders), made.Key.Need, made.Key.Envelope); err != nil {
			return err
		}
		// Last, so that a line without its file cannot stay: if this fails the
		// line does not exist either.
		return durable.WriteFile(filepath.Join(d.cfg.Dir, machineFile), sealed, 0o600)
	})
	d.changed()
	return made, err
}

// machineFor gives this machine writing for a recipient: the one that is
// there, or a new one.
func (d *Copier) machineFor(recipient string) (*vault.Machine, error) {
	m, err := d.machine()
	if isFault(err, "copy.key.none") {
		return vault.NewMachine(recipient)
	}
	if err != nil {
		return nil, err
	}
	return m.For(recipient)
}

// Typed is what somebody typed from paper.
type Typed struct{ Holder, Letters string }

// OpenKey opens a key with what people typed: the envelope's code, or parts,
// each with its holder's name. envelopes gives the sealed key of an ID.
func OpenKey(code string, parts []Typed, envelopes func() ([][]byte, error)) (*vault.Key, error) {
	if strings.TrimSpace(code) != "" {
		sealed, err := envelopes()
		if err != nil {
			return nil, err
		}
		failed := error(fault.New(fault.NotFound, "copy.key.no_envelope"))
		for _, s := range sealed {
			key, err := vault.OpenEnvelope("1", code, s)
			if err == nil {
				return key, nil
			}
			failed = err
			if !isFault(err, "vault.envelope.wrong") {
				break
			}
		}
		return nil, failed
	}
	var read []vault.Part
	for _, t := range parts {
		p, err := vault.ReadPart(t.Holder, t.Letters)
		if err != nil {
			return nil, err
		}
		read = append(read, p)
	}
	return vault.Join(read...)
}

// openKey opens a key that this Toride knows.
func (d *Copier) openKey(ctx context.Context, code string, parts []Typed) (*vault.Key, error) {
	return OpenKey(code, parts, func() (sealed [][]byte, err error) {
		keys, err := d.Keys(ctx)
		for _, k := range keys {
			if k.Envelope != nil {
				sealed = append(sealed, k.Envelope)
			}
		}
		return sealed, err
	})
}

// TestKey tries what people typed and writes down that it opens the key: the
// paper is only worth what was tried. The key is forgotten at once.
func (d *Copier) TestKey(ctx context.Context, actor ledger.Actor, code string, parts []Typed) (Key, error) {
	key, err := d.openKey(ctx, code, parts)
	if err != nil {
		return Key{}, errors.Join(err, d.cfg.Book.Note(ctx, actor, "copy.key.test_failed", "copy/key", map[string]string{"why": fault.Of(err).Msg.Key}))
	}
	keys, err := d.Keys(ctx)
	if err != nil {
		return Key{}, err
	}
	for _, k := range keys {
		if k.ID != key.ID() {
			continue
		}
		err := d.cfg.Book.Write(ctx, actor, "copy.key.test", func(tx *ledger.Tx) error {
			tx.Subject("copy/key/" + k.ID)
			tx.Detail(map[string]any{"envelope": code != "", "parts": len(parts)})
			_, err := tx.ExecContext(ctx, "UPDATE copy_key SET tested = ?, tester = ? WHERE id = ?", stamp.Text(tx.Now), actor.Name, k.ID)
			return err
		})
		d.changed()
		return k, err
	}
	return Key{}, fault.New(fault.NotFound, "copy.key.unknown", key.ID())
}
