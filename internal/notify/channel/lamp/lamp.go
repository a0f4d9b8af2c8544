// Package lamp switches a network warning lamp by HTTP, as lamps in guard rooms
// and nurse stations understand it.
//
// Makers' addresses differ, so the settings hold the whole addresses for on
// and off; the level may be put into them by {level}. A call switches on, its
// acknowledgement switches off, a heartbeat asks the address for it (many lamps
// can sound by themselves when they are not asked for some minutes).
package lamp

import (
	"context"
	"net/http"
	"strings"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/notify/channel"
	"github.com/torideproject/toride/internal/notify/channel/webhook"
)

// Kind describes the lamp.
func Kind() channel.Kind {
	return channel.Kind{Name: "lamp", Beats: true, Clears: true, Fields: []channel.Field{
		{Name: "on", Required: true, Help: true},
		{Name: "off", Required: true},
		{Name: "beat", Help: true},
		{Name: "login"},
		{Name: "password", Secret: true},
		{Name: "ca", Help: true},
	}, New: open}
}

type sender struct {
	settings channel.Settings
	client   *http.Client
}

func open(s channel.Settings) (channel.Sender, error) {
	var client *http.Client
	for _, name := range []string{"on", "off", "beat"} {
		if s[name] == "" && name == "beat" {
			continue
		}
		var err error
		if client, err = webhook.Client(s[name], s["ca"]); err != nil {
			return nil, err
		}
	}
	if client == nil {
		return nil, fault.New(fault.Invalid, "notify.bad_url", "")
	}
	return &sender{s, client}, nil
}

// Send asks for the address that belongs to the message's purpose.
func (s *sender) Send(ctx context.Context, m channel.Message) error {
	address := s.settings["on"]
	switch m.Kind {
	case channel.Clear:
		address = s.settings["off"]
	case channel.Beat:
		if address = s.settings["beat"]; address == "" {
			return nil
		}
	case channel.Test: // on and off again, so that the lamp does not stay lit
		if err := s.get(ctx, address, m.Level); err != nil {
			return err
		}
		address = s.settings["off"]
	}
	return s.get(ctx, address, m.Level)
}

func (s *sender) get(ctx context.Context, address, level string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.ReplaceAll(address, "{level}", level), nil)
	if err != nil {
		return fault.New(fault.Invalid, "notify.bad_url", address).With(err)
	}
	if s.settings["login"] != "" {
		r.SetBasicAuth(s.settings["login"], s.settings["password"])
	}
	return webhook.Do(s.client, r)
}
