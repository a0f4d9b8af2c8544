package station

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/torideproject/toride/internal/chart/vault"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/text"
)

// promptTries is how often a command asks before it gives up.
const promptTries = 5

// Prompt asks on a terminal for the key of a sealed copy: first for the
// envelope's code, or, if that is left empty, for parts until they are enough.
// What is wrong is said at once, by group, and asked again. Nil without an error
// means that none of the roots is a vault. The fault "station.unlock.nothing"
// says that nothing was typed. What is typed can be seen on the screen: it is
// long, read from paper, and has to be compared.
func Prompt(ctx context.Context, in io.Reader, out io.Writer, say func(text.Msg) string, roots []string) (*vault.Key, error) {
	all := vaults(roots)
	if len(all) == 0 {
		return nil, nil
	}
	p := prompt{lines: bufio.NewScanner(in), out: out, say: say}
	p.tell("station.prompt.intro")
	for range promptTries {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		key, err := p.once(all)
		if err == nil {
			p.tell("station.prompt.done", key.ID())
			return key, nil
		}
		if errors.Is(err, io.EOF) || errors.Is(err, fault.New(fault.Invalid, "station.unlock.nothing")) {
			return nil, fault.New(fault.Invalid, "station.unlock.nothing").With(err)
		}
		p.fault(err)
	}
	return nil, fault.New(fault.Invalid, "station.unlock.nothing")
}

type prompt struct {
	lines *bufio.Scanner
	out   io.Writer
	say   func(text.Msg) string
}

func (p *prompt) tell(key string, args ...any) { fmt.Fprintln(p.out, p.say(text.M(key, args...))) }
func (p *prompt) fault(err error)              { fmt.Fprintln(p.out, p.say(fault.Of(err).Msg)) }

func (p *prompt) ask(key string, args ...any) (string, error) {
	fmt.Fprint(p.out, p.say(text.M(key, args...))+" ")
	if !p.lines.Scan() {
		if err := p.lines.Err(); err != nil {
			return "", err
		}
		return "", io.EOF
	}
	return strings.TrimSpace(p.lines.Text()), nil
}

// longestCode is how long what is typed for the envelope's code can be, with
// blanks between its 30 letters; a sheet has more than 90.
const longestCode = 64

// once asks for one key.
func (p *prompt) once(all []*vault.Vault) (*vault.Key, error) {
	code, err := p.ask("station.prompt.code")
	if err != nil {
		return nil, err
	}
	if code != "" && len(code) <= longestCode {
		return openKey(Typed{Code: code}, all)
	}
	var parts []vault.Part
	for need := 2; len(parts) < need; {
		letters := code // a sheet's letters in the place of the code are the first sheet's
		if code = ""; letters == "" {
			if letters, err = p.ask("station.prompt.part", len(parts)+1); err != nil {
				return nil, err
			}
		}
		if letters == "" {
			if len(parts) > 0 {
				return vault.Join(parts...) // says how many are wanting
			}
			return nil, fault.New(fault.Invalid, "station.unlock.nothing")
		}
		part, err := vault.ReadPart(p.say(text.M("station.prompt.holder", len(parts)+1)), letters)
		if err != nil { // the others need not be typed again
			p.fault(err)
			continue
		}
		parts, need = append(parts, part), part.Need
	}
	return vault.Join(parts...)
}
