package staff

import (
	"context"

	"github.com/torideproject/toride/internal/identity/credential"
	"github.com/torideproject/toride/internal/text"
)

func (d *Desk) SignInFrom(ctx context.Context, number, pin, from string) (string, string, error) {
	return d.SignIn(ctx, number, pin, visitor{from: from})
}

func PINFault(pin, number string) text.Msg { return pinFault(pin, number) }
func NewPIN(number string) string          { return newPIN(number) }
func NewHasher() *credential.Hasher        { return credential.NewHasher(Params()) }

// ForList reads a list without a database.
func ForList() (func(data []byte) (numbers, bad []string, err error), error) {
	words, err := readWords()
	if err != nil {
		return nil, err
	}
	d := &Desk{words: words}
	return func(data []byte) (numbers, bad []string, err error) {
		lines, faults, err := d.readList(context.Background(), "a.csv", data)
		for _, l := range lines {
			numbers = append(numbers, l.number)
		}
		for _, f := range faults {
			bad = append(bad, f.Why.Key)
		}
		return numbers, bad, err
	}, nil
}
