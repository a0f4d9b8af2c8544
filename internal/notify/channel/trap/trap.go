// Package trap sends calls as SNMP traps, which warning lamps and monitoring
// systems take.
//
// Toride has no enterprise number of its own; the settings hold the root of its
// object identifiers, at first the free arc of Net-SNMP. Below it .1 is the
// notification, .2.1 the purpose, .2.2 the level, .2.3 the subject, .2.4 the page,
// .2.5 the call.
// Version 2c and version 3 (authentication and privacy) are spoken. A trap is not
// answered: that it was sent does not mean that anybody took it. An inform is
// answered, so it is the default.
package trap

import (
	"context"
	"net"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/notify/channel"
)

// Root is the default root: the arc that Net-SNMP leaves free for everybody
// (NET-SNMP-MIB, netSnmpPlaypen).
const Root = ".1.3.6.1.4.1.8072.9999.9999"

// Kind describes the trap.
func Kind() channel.Kind {
	return channel.Kind{Name: "trap", Beats: true, Clears: true, Fields: []channel.Field{
		{Name: "server", Required: true, Help: true},
		{Name: "mode", Required: true, Default: "inform", Options: []string{"inform", "trap"}, Help: true},
		{Name: "version", Required: true, Default: "2c", Options: []string{"2c", "3"}},
		{Name: "oid", Required: true, Default: Root, Help: true},
		{Name: "community", Secret: true, Help: true},
		{Name: "user"},
		{Name: "auth", Secret: true},
		{Name: "privacy", Secret: true},
	}, New: open}
}

// engine is Toride's SNMP engine (RFC 3411, 5: text format under Net-SNMP's
// number).
const engine = "\x80\x00\x1f\x88\x04toride"

type sender struct {
	host string
	port uint16
	set  channel.Settings
}

func open(s channel.Settings) (channel.Sender, error) {
	host, port, err := net.SplitHostPort(s["server"])
	if err != nil {
		host, port = s["server"], "162"
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || host == "" {
		return nil, fault.New(fault.Invalid, "notify.trap.bad_server", s["server"])
	}
	if !regexp.MustCompile(`^\.?1(\.[0-9]{1,9}){3,40}$`).MatchString(s["oid"]) {
		return nil, fault.New(fault.Invalid, "notify.trap.bad_oid", s["oid"])
	}
	if s["version"] == "3" && (s["user"] == "" || len(s["auth"]) < 8 || len(s["privacy"]) < 8) {
		return nil, fault.New(fault.Invalid, "notify.trap.bad_user")
	}
	if s["version"] != "3" && s["community"] == "" {
		return nil, fault.New(fault.Invalid, "notify.trap.no_community")
	}
	return &sender{host, uint16(number), s}, nil
}

// Send sends one notification; an inform waits for the answer.
func (s *sender) Send(ctx context.Context, m channel.Message) error {
	g := &gosnmp.GoSNMP{Target: s.host, Port: s.port, Transport: "udp", Context: ctx, Timeout: 3 * time.Second, Retries: 2, MaxOids: gosnmp.MaxOids,
		Version: gosnmp.Version2c, Community: s.set["community"]}
	if s.set["version"] == "3" {
		g.Version, g.SecurityModel, g.MsgFlags = gosnmp.Version3, gosnmp.UserSecurityModel, gosnmp.AuthPriv
		params := &gosnmp.UsmSecurityParameters{UserName: s.set["user"], AuthenticationProtocol: gosnmp.SHA256,
			AuthenticationPassphrase: s.set["auth"], PrivacyProtocol: gosnmp.AES, PrivacyPassphrase: s.set["privacy"]}
		if s.set["mode"] == "trap" { // the sender of a trap is the authority; of an inform, who answers
			params.AuthoritativeEngineID, params.AuthoritativeEngineBoots = engine, 1
			params.AuthoritativeEngineTime = uint32(m.At.Unix() & 0x7fffffff)
		}
		g.SecurityParameters = params
	}
	if err := g.Connect(); err != nil {
		return err
	}
	defer g.Conn.Close()
	root := "." + strings.TrimPrefix(s.set["oid"], ".")
	said := func(n, value string) gosnmp.SnmpPDU {
		return gosnmp.SnmpPDU{Name: root + ".2." + n, Type: gosnmp.OctetString, Value: value}
	}
	_, err := g.SendTrap(gosnmp.SnmpTrap{IsInform: s.set["mode"] != "trap", Variables: []gosnmp.SnmpPDU{
		{Name: ".1.3.6.1.6.3.1.1.4.1.0", Type: gosnmp.ObjectIdentifier, Value: root + ".1"},
		said("1", string(m.Kind)), said("2", m.Level), said("3", m.Subject), said("4", m.URL), said("5", m.ID),
	}})
	return err
}
