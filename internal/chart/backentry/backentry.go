package backentry

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/chart/witness"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
)

//go:embed migrate/*.sql page_*.html text_*.json
var files embed.FS

// MaxScan is how large a scan may be, in bytes.
const MaxScan = 8 << 20

// Seal keeps at rest what an entry says; *seal.Box is one.
type Seal interface {
	Encrypt(w io.Writer) (io.WriteCloser, error)
	Decrypt(r io.Reader) (io.Reader, error)
}

// Config is what a Desk is made of.
type Config struct {
	Book  *ledger.Book
	Seal  Seal
	Clock func() time.Time
	// Find gives the patients that a typed number may mean in the copies of the
	// chart, as Shelf.Find does; nil: there is no copy.
	Find func(ctx context.Context, number string) ([]source.Found, error)
}

// Desk is the queue.
type Desk struct{ cfg Config }

// New brings the table up to date.
func New(ctx context.Context, cfg Config) (*Desk, error) {
	if err := cfg.Book.DB().Migrate(ctx, "backentry", files); err != nil {
		return nil, err
	}
	return &Desk{cfg: cfg}, nil
}

// State says what became of an entry.
type State string

// The states of an entry.
const (
	Open    State = "open"
	Entered State = "entered" // it stands in the records system
	Dropped State = "dropped" // it need not be entered, for the reason in Note
)

// Kinds are what may be written on paper, in the order of forms.
func Kinds() []string {
	return []string{"order", "drug", "injection", "vital", "test", "procedure", "note", "meal", "movement", "other"}
}

// Entry is one thing that was done or ordered on paper.
type Entry struct {
	ID        string
	Patient   string
	Kind      string
	At        time.Time // when it was done or ordered
	Body      Body
	Scan      []byte // only from Desk.Entry
	ScanType  string // image/jpeg, image/png, application/pdf; "" without a scan
	CreatedAt time.Time
	CreatedBy string
	State     State
	SettledAt time.Time
	SettledBy string
	Note      string
}

// Body is what is sealed.
type Body struct {
	Name  string `json:"name"`  // of the patient, as on the paper
	By    string `json:"by"`    // who did or ordered it
	Text  string `json:"text"`  // what
	Sheet string `json:"sheet"` // number or place of the paper
}

// scanType tells what a scan is by its first bytes; "" is none of those taken.
func scanType(data []byte) string {
	kind := http.DetectContentType(data)
	if slices.Contains([]string{"image/jpeg", "image/png", "application/pdf"}, kind) {
		return kind
	}
	return ""
}

// lookup gives the number as the copies write it, and the names (kanji, kana) that
// they have under it. Where they do not know it, know two, or cannot be read, it
// stays as it was typed.
func (d *Desk) lookup(ctx context.Context, number string) (id string, names []string) {
	if d.cfg.Find == nil || number == "" {
		return number, nil
	}
	found, err := d.cfg.Find(ctx, number)
	if err != nil {
		return number, nil // writing down what was done goes on without the copies
	}
	for _, f := range found {
		for _, name := range []string{f.Person.Kanji, f.Person.Kana} {
			if name != "" {
				names = append(names, name)
			}
		}
	}
	if len(found) == 1 {
		number = found[0].ID
	}
	return number, names
}

// Clash gives the name under which the copy knows the number when it is not the
// one on the paper; "" when they agree, or the copy does not know the number.
func (d *Desk) Clash(ctx context.Context, patient, name string) string {
	_, known := d.lookup(ctx, patient)
	for _, k := range known {
		if model.SameName(k, name) {
			return ""
		}
	}
	if len(known) == 0 {
		return ""
	}
	return known[0]
}

// Add takes an entry into the queue. The ID comes from the form that was shown,
// so that one that is sent twice is taken once. The patient's number is kept as
// the copies write it, so that whoever enters it later finds the patient.
func (d *Desk) Add(ctx context.Context, actor ledger.Actor, e Entry) error {
	if e.Patient == "" || e.Body.Name == "" || e.Body.By == "" || e.At.IsZero() || !slices.Contains(Kinds(), e.Kind) {
		return fault.New(fault.Invalid, "backentry.incomplete")
	}
	e.Patient, _ = d.lookup(ctx, e.Patient)
	if e.Body.Text == "" && len(e.Scan) == 0 {
		return fault.New(fault.Invalid, "backentry.empty")
	}
	if e.At.After(d.cfg.Clock().Add(time.Hour)) {
		return fault.New(fault.Invalid, "backentry.future")
	}
	if len(e.Scan) > MaxScan {
		return fault.New(fault.TooLarge, "backentry.scan.large", MaxScan>>20)
	}
	if e.ScanType = scanType(e.Scan); len(e.Scan) > 0 && e.ScanType == "" {
		return fault.New(fault.Invalid, "backentry.scan.kind")
	}
	text, err := json.Marshal(e.Body)
	if err != nil {
		return err
	}
	body, err := d.seal(text)
	if err != nil {
		return err
	}
	var scan []byte
	if len(e.Scan) > 0 {
		if scan, err = d.seal(e.Scan); err != nil {
			return err
		}
	}
	known, err := d.known(ctx, e.ID)
	if err != nil || known {
		return err
	}
	return d.cfg.Book.Write(ctx, actor, "backentry.entry.add", func(tx *ledger.Tx) error {
		tx.Subject(witness.Patient(e.Patient))
		tx.Detail(map[string]any{"entry": e.ID, "kind": e.Kind, "scan": e.ScanType})
		return put(ctx, tx, e, body, scan)
	})
}

// Settle says that an open entry was entered into the records system, or need
// not be; the note is required for the latter.
func (d *Desk) Settle(ctx context.Context, actor ledger.Actor, id string, to State, note string) error {
	if to != Entered && to != Dropped {
		return fault.New(fault.Invalid, "backentry.state")
	}
	if to == Dropped && strings.TrimSpace(note) == "" {
		return fault.New(fault.Invalid, "backentry.why")
	}
	return d.cfg.Book.Write(ctx, actor, "backentry.entry."+string(to), func(tx *ledger.Tx) error {
		return move(ctx, tx, id, Open, to, note)
	})
}

// Reopen takes back what was settled by mistake.
func (d *Desk) Reopen(ctx context.Context, actor ledger.Actor, id string) error {
	return d.cfg.Book.Write(ctx, actor, "backentry.entry.reopen", func(tx *ledger.Tx) error {
		return move(ctx, tx, id, "", Open, "")
	})
}

func (d *Desk) seal(data []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := d.cfg.Seal.Encrypt(&out)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil { // only now is it whole
		return nil, err
	}
	return out.Bytes(), nil
}

func (d *Desk) unseal(data []byte) ([]byte, error) {
	r, err := d.cfg.Seal.Decrypt(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, MaxScan+1))
}
