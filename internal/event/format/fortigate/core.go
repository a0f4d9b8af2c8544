package fortigate

import (
	"strings"
	"time"

	"github.com/torideproject/toride/internal/event/format"
)

// The roles of fields that become the core.
const (
	_ = iota
	date
	clock
	tz
	eventTime
	devName
	devID
	logID
	logType
	subtype
	level
	user
	xauthUser
	srcIP
	srcPort
	srcName
	dstIP
	dstPort
	remIP
	remPort
	locIP
	locPort
	ui
	action
	status
	result
	message
	logDesc
	sent
	received
	file
	url
	roles
)

// classify gives a field's role. The second names are those of FortiOS 4 and of
// FortiAnalyzer.
func classify(k *format.Key) {
	switch k.Leaf {
	case "date":
		k.Role = date
	case "time":
		k.Role = clock
	case "tz", "timezone":
		k.Role = tz
	case "eventtime":
		k.Role = eventTime
	case "devname", "device_name":
		k.Role = devName
	case "devid", "device_id":
		k.Role = devID
	case "logid", "log_id":
		k.Role = logID
	case "type":
		k.Role = logType
	case "subtype":
		k.Role = subtype
	case "level", "pri":
		k.Role = level
	case "user":
		k.Role = user
	case "xauthuser":
		k.Role = xauthUser
	case "ui":
		k.Role = ui
	case "action":
		k.Role = action
	case "status":
		k.Role = status
	case "result":
		k.Role = result
	case "msg":
		k.Role = message
	case "logdesc":
		k.Role = logDesc
	case "sentbyte", "sent":
		k.Role = sent
	case "rcvdbyte", "rcvd":
		k.Role = received
	case "filename", "file":
		k.Role = file
	case "url":
		k.Role = url
	default:
		k.Role = addressRole(k.Leaf)
	}
}

func addressRole(name string) int {
	switch name {
	case "srcip", "src", "src_ip":
		return srcIP
	case "srcport", "src_port":
		return srcPort
	case "srcname":
		return srcName
	case "dstip", "dst", "dst_ip":
		return dstIP
	case "dstport", "dst_port":
		return dstPort
	case "remip", "rem_ip":
		return remIP
	case "remport", "rem_port":
		return remPort
	case "locip", "loc_ip":
		return locIP
	case "locport", "loc_port":
		return locPort
	}
	return 0
}

// names are those met most often, so that they are there from the beginning.
func names() []string {
	return strings.Fields(`date time devname devid eventtime tz logid type subtype level vd srcip srcport srcname
		srcintf srcintfrole dstip dstport dstname dstintf dstintfrole srccountry dstcountry sessionid proto action policyid
		policytype poluuid policyname service trandisp duration sentbyte rcvdbyte sentpkt rcvdpkt appcat app appid apprisk
		applist utmaction countweb countips devtype osname mastersrcmac srcmac srcserver user group authserver logdesc sn ui
		method status reason profile msg cfgtid cfgpath cfgobj cfgattr tunneltype tunnelid remip tunnelip dst_host
		remport locip locport vpntunnel xauthuser xauthgroup init mode dir stage role result outintf cookies nextstat
		hostname url filename virus attack attackid severity crscore craction crlevel eventtype cat catdesc direction`)
}

// stamp sets the time. The best is date, time and tz; FortiOS up to 6.2.0 has no
// tz, but eventtime, seconds or nanoseconds since 1970; older lines have
// neither and count in the zone of the source.
func (l *line) stamp(zone format.Zone) {
	var text string
	if d, c := l.v[date], l.v[clock]; len(d) == 10 && len(c) >= 8 {
		text = d + " " + c
	}
	moment, exact := format.Epoch(l.v[eventTime])
	c, _, ok := format.ParseClock(text)
	switch {
	case !ok && exact:
		format.Stamp(l.e, moment, 0)
		return
	case !ok:
		return
	}
	if offset, _, ok := format.ParseOffset(l.v[tz]); ok {
		c.Zoned, c.Offset = true, offset
	} else if exact {
		written, _ := c.In(time.UTC)
		c.Offset = quarter(written.Sub(moment))
		c.Zoned = c.Offset > -16*3600 && c.Offset < 16*3600
	}
	t, offset := c.In(zone(l.e.Source))
	if exact && moment.Sub(t).Abs() < 2*time.Second {
		t = moment // with its fraction
	}
	format.Stamp(l.e, t, offset)
}

// quarter rounds to the quarter hours of which zones are made, in seconds.
func quarter(d time.Duration) int { return int(d.Round(15*time.Minute) / time.Second) }

func (l *line) core() {
	e, v := l.e, &l.v
	c := &e.Core
	e.Product = "fortigate"
	e.Service, e.Dataset = service(v[logType])
	if v[devName] != "" || v[devID] != "" {
		c.Host = format.Or(v[devName], v[devID])
	}
	c.Code, c.Provider, c.Severity = v[logID], format.Or(v[subtype], v[logType]), v[level]
	c.User = format.Known(format.Or(format.Known(v[user]), format.Known(v[xauthUser])))
	c.Action = v[action]
	c.SourceIP, c.SourcePort = format.Addr(v[srcIP]), format.Port(v[srcPort])
	c.DestIP, c.DestPort = format.Addr(v[dstIP]), format.Port(v[dstPort])
	c.SourceHost, c.File = v[srcName], v[file]
	c.Bytes = format.Uint(v[sent]) + format.Uint(v[received])
	c.Message = format.Line(format.Or(v[message], v[logDesc]))
	if e.Service != "event" {
		return
	}
	// The other end of a tunnel is the one who acts.
	if a := format.Addr(v[remIP]); a.IsValid() {
		c.SourceIP, c.SourcePort = a, format.Port(v[remPort])
	}
	if a := format.Addr(v[locIP]); a.IsValid() && !c.DestIP.IsValid() {
		c.DestIP, c.DestPort = a, format.Port(v[locPort])
	}
	if !c.SourceIP.IsValid() { // ui="https(10.1.1.1)": where an administrator sits
		if _, inside, ok := strings.Cut(v[ui], "("); ok {
			c.SourceIP = format.Addr(strings.TrimSuffix(inside, ")"))
		}
	}
	c.Outcome = outcome(v[action], v[status], v[result])
}

// service gives the log type of FortiOS 5 and later; FortiOS 4 has the parts
// of utm as types of their own.
func service(logType string) (service, dataset string) {
	switch logType {
	case "traffic":
		return "traffic", "fortigate.traffic"
	case "utm", "virus", "webfilter", "ips", "attack", "app-ctrl", "emailfilter", "spamfilter", "dlp", "anomaly", "voip", "dns", "ssh", "ssl", "waf", "cifs", "gtp", "file-filter":
		return "utm", "fortigate.utm"
	}
	return "event", "fortigate.event"
}

// outcome says whether what an event entry reports came off. The status says it where
// there is one; the entries of VPNs have it in the action.
func outcome(action, status, result string) string {
	switch status {
	case "success", "successful", "succeeded":
		return format.Success
	case "failure", "failed", "fail", "negotiate_error", "error", "denied":
		return format.Failure
	}
	switch action {
	case "tunnel-up", "phase2-up", "auth-logon", "FSSO-logon", "ssl-web-pass", "tunnel-down", "logout", "auth-logout", "FSSO-logoff":
		return format.Success
	case "ssl-login-fail", "ssl-exit-fail", "ssl-web-deny", "ssl-exit-error":
		return format.Failure
	}
	switch result {
	case "OK", "DONE":
		return format.Success
	case "ERROR":
		return format.Failure
	}
	return ""
}
