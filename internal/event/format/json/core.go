package json

import (
	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/format"
)

// The roles of members.
const (
	other = iota
	dropped
	stamp
	stamp2
	stamp3
	host
	host2
	code
	provider
	action
	outcome
	severity
	user
	domain
	srcIP
	srcPort
	srcHost
	dstIP
	dstPort
	process
	commandLine
	file
	bytes
	message
	program
	roles
)

// classify gives a member's role by its path. What Elastic's agents say of
// themselves is dropped from the fields; the original has it.
func classify(k *format.Key) {
	switch k.Path {
	case "@timestamp":
		k.Role = stamp
	case "timestamp", "time", "ts", "Time", "Timestamp", "datetime", "TimeStamp":
		k.Role = stamp2
	case "end", "flow.end", "event.end", "date", "flow_end", "TimeReceived":
		k.Role = stamp3
	case "host.name", "hostname", "Hostname", "HostName", "_HOSTNAME", "log.syslog.hostname", "computer", "device":
		k.Role = host
	case "host", "host.hostname", "exporter", "sensor", "observer.name", "observer.hostname", "agent.hostname":
		k.Role = host2
	case "event.code", "event_id", "logid":
		k.Role = code
	case "event.provider", "event.module", "provider":
		k.Role = provider
	case "event.action", "action", "event":
		k.Role = action
	case "event.outcome", "outcome":
		k.Role = outcome
	case "log.level", "level", "severity", "Severity":
		k.Role = severity
	case "user.name", "user", "username", "userName", "user_name", "account":
		k.Role = user
	case "user.domain":
		k.Role = domain
	case "process.executable":
		k.Role = process
	case "process.command_line", "cmdline":
		k.Role = commandLine
	case "process.name", "log.syslog.appname", "ident", "SYSLOG_IDENTIFIER", "program", "appname":
		k.Role = program
	case "file.path":
		k.Role = file
	case "network.bytes", "bytes", "Bytes", "octets":
		k.Role = bytes
	case "message", "msg", "log", "MESSAGE", "Message":
		k.Role = message
	default:
		k.Role = address(k.Path)
		if k.Role == other && housekeeping(k) {
			k.Role = dropped
		}
	}
}

// address gives the roles of both ends of a connection: the Elastic Common Schema, flow
// sensors, Suricata, Zeek.
func address(path string) int {
	switch path {
	case "source.ip", "source.address", "client.ip", "src_ip", "srcip", "src", "source_ip", "SrcAddr", "id.orig_h", "remote_addr", "client_ip":
		return srcIP
	case "source.port", "client.port", "src_port", "srcport", "sp", "SrcPort", "id.orig_p":
		return srcPort
	case "source.domain", "src_host", "srcname":
		return srcHost
	case "destination.ip", "destination.address", "server.ip", "dest_ip", "dst_ip", "dstip", "dst", "destination_ip", "DstAddr", "id.resp_h":
		return dstIP
	case "destination.port", "server.port", "dest_port", "dst_port", "dstport", "dp", "DstPort", "id.resp_p":
		return dstPort
	}
	return other
}

func housekeeping(k *format.Key) bool {
	top := k
	for top.Parent.Path != "" {
		top = top.Parent
	}
	switch top.Leaf {
	case "agent", "beat", "ecs", "elastic_agent", "data_stream", "input", "@metadata":
		return k != top
	}
	return false
}

func (f *Format) core(e *event.Event, v *[roles]string) {
	for _, text := range [...]string{v[stamp], v[stamp2], v[stamp3]} {
		if text != "" && format.StampText(e, text, f.zone(e.Source)) {
			break
		}
	}
	c := &e.Core
	set := func(to *string, value string) {
		if value != "" {
			*to = value
		}
	}
	set(&c.Host, format.Or(v[host], v[host2]))
	set(&c.Code, v[code])
	set(&c.Provider, format.Or(v[provider], v[program]))
	set(&c.Action, v[action])
	set(&c.Severity, v[severity])
	set(&c.User, v[user])
	set(&c.Domain, v[domain])
	set(&c.SourceHost, v[srcHost])
	set(&c.Process, v[process])
	set(&c.CommandLine, v[commandLine])
	set(&c.File, v[file])
	set(&c.Message, format.Line(v[message]))
	if v[outcome] == format.Success || v[outcome] == format.Failure {
		c.Outcome = v[outcome]
	}
	if a := format.Addr(v[srcIP]); a.IsValid() {
		c.SourceIP, c.SourcePort = a, format.Port(v[srcPort])
	}
	if a := format.Addr(v[dstIP]); a.IsValid() {
		c.DestIP, c.DestPort = a, format.Port(v[dstPort])
	}
	if n := format.Uint(v[bytes]); n > 0 {
		c.Bytes = n
	}
}
