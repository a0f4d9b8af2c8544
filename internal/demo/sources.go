package demo

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/torideproject/toride/internal/demo/records"
	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/logbook"
)

// clerk is who sets up the sources.
func clerk() ledger.Actor {
	return ledger.Actor{ID: "console/demo", Name: "鈴木 花子(情報企画室)", Via: "console"}
}

// way is a source of the hospital: what the records call it and how it is set up.
type way struct {
	name   string
	spec   logbook.Spec
	framed bool
}

// ways are the sources in the order in which what came at the same time is made
// durable: the firewalls saw it first.
func ways() []way {
	list := []way{
		{records.Firewall, logbook.Spec{Name: "ファイアウォール・VPN装置(FortiGate)", Kind: "syslog", Network: "tcp", Expect: 24 * time.Hour}, true},
		{records.Files, logbook.Spec{Name: "ファイル共有サーバ(Samba)", Kind: "syslog", Network: "tcp", Expect: 24 * time.Hour}, false},
		// All of them connect from this computer: a server is told by its name.
		{records.Servers, logbook.Spec{Name: "サーバ(Winlogbeat)", Kind: "bulk", Expect: 24 * time.Hour, Senders: true, Relay: true}, false},
		{records.PCs, logbook.Spec{Name: "端末・部門サーバ(イベント転送)", Kind: "bulk", Expect: 72 * time.Hour}, false},
	}
	for i := range list {
		list[i].spec.Address, list[i].spec.Enabled = "127.0.0.1:0", true
	}
	return list
}

// configure sets up the sources as the hospital's clerk would, and gives the
// senders' tokens by the names of the sources.
func configure(ctx context.Context, log *logbook.Logbook) (tokens map[string]string, err error) {
	tokens = map[string]string{}
	for _, w := range ways() {
		if _, tokens[w.spec.Name], err = log.AddSource(ctx, clerk(), w.spec); err != nil {
			return nil, err
		}
	}
	return tokens, nil
}

// renew gives new tokens for sources that were set up before: only their hashes
// were kept.
func renew(ctx context.Context, log *logbook.Logbook) (map[string]string, error) {
	all, err := log.Sources(ctx)
	if err != nil {
		return nil, err
	}
	tokens := map[string]string{}
	for _, s := range all {
		if !s.Token || !slices.ContainsFunc(ways(), func(w way) bool { return w.spec.Name == s.Name && w.spec.Kind == s.Kind }) {
			continue
		}
		if tokens[s.Name], err = log.RenewToken(ctx, clerk(), s.ID); err != nil {
			return nil, err
		}
	}
	return tokens, nil
}

// wires are the ways to all sources, in the order of ways.
type wires []*named

// named is a wire with what the records call its source.
type named struct {
	wire
	name string
}

// connect waits until the hospital's sources listen and says where. Those that
// somebody removed or switched off are left out.
func connect(ctx context.Context, log *logbook.Logbook, tokens map[string]string) (wires, error) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		state, err := log.State(ctx)
		if err != nil {
			return nil, err
		}
		if out, all := listening(log, state.Sources, tokens); all {
			return out, nil
		}
		select {
		case <-tick.C:
		case <-late.C:
			return nil, errors.New("demo: the sources do not listen")
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func listening(log *logbook.Logbook, sources []logbook.SourceState, tokens map[string]string) (out wires, all bool) {
	for _, w := range ways() {
		i := slices.IndexFunc(sources, func(s logbook.SourceState) bool { return s.Name == w.spec.Name && s.Kind == w.spec.Kind })
		if i < 0 || sources[i].Phase == logbook.Off && !sources[i].Enabled {
			continue
		}
		s := sources[i]
		if s.Phase != logbook.Running || s.Addr == "" {
			return nil, false
		}
		out = append(out, &named{name: w.name, wire: wire{log: log, id: s.ID, addr: address(s.Addr), token: tokens[s.Name], framed: w.framed, bulk: s.Kind == "bulk"}})
	}
	return out, true
}

// send sends an entry to its source. One whose source is gone goes nowhere.
func (ws wires) send(ctx context.Context, r event.Record) error {
	for _, w := range ws {
		if w.name == r.Source {
			return w.send(ctx, r.Data)
		}
	}
	return nil
}

// received returns when the sources have all that was sent.
func (ws wires) received(ctx context.Context) error {
	for _, w := range ws {
		if err := w.heard(ctx); err != nil {
			return err
		}
	}
	return nil
}

// finish hangs up everywhere and returns when all that was sent is durable, one
// source after the other.
func (ws wires) finish(ctx context.Context) error {
	var errs []error
	for _, w := range ws {
		errs = append(errs, w.finish(ctx))
	}
	return errors.Join(errs...)
}
