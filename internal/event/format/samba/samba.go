package samba

import (
	"net/netip"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/format"
)

// Format reads Samba's audit entries. It is safe for several goroutines.
type Format struct {
	zone format.Zone
	scan *format.Scanner
}

// New makes the format. zone is for times that name none.
func New(zone format.Zone) *Format {
	return &Format{zone: zone, scan: format.NewScanner(classify)}
}

// Name is "samba".
func (*Format) Name() string { return "samba" }

// Normalise reads one entry as Samba writes it to its own file, indented by two
// blanks.
func (f *Format) Normalise(r *event.Record, e *event.Event) {
	text := strings.TrimSpace(format.Text(r, e))
	e.Fields = e.Fields[:0]
	e.Product, e.Dataset = "samba", "samba"
	if !f.Take("", text, e) {
		e.Unread = format.UnreadHeader
		if text == "" {
			e.Unread = format.UnreadEmpty
		}
		e.Core.Message = format.Line(text)
	}
	format.Finish(e)
}

// Take reads JSON of Samba's audit classes and lines of vfs_full_audit.
func (f *Format) Take(program, text string, e *event.Event) bool {
	body := strings.TrimLeft(text, " \t")
	if strings.HasPrefix(body, "{") {
		return f.json(body, e)
	}
	if program != "" && !strings.HasPrefix(program, "smbd") && !strings.HasPrefix(program, "samba") {
		return false
	}
	return audit(body, e)
}

// The roles of JSON members.
const (
	_ = iota
	stamp
	kind
	eventID
	status
	operation
	action
	dn
	clientUser
	mappedUser
	account
	clientDomain
	domain
	remote
	local
	workstation
	service
	roles
)

// classify drops the outermost object from the name ("Authentication.status"
// is status) and knows the members of the core.
func classify(k *format.Key) {
	if k.Parent.Path == "" {
		switch k.Leaf {
		case "timestamp":
			k.Role = stamp
		case "type":
			k.Role = kind
		}
		return
	}
	for p := k.Parent; p != nil && p.Path != ""; p = p.Parent {
		if p.Parent.Path == "" {
			k.Name = strings.TrimPrefix(k.Path, p.Path+".")
		}
	}
	switch k.Name {
	case "eventId":
		k.Role = eventID
	case "status":
		k.Role = status
	case "operation":
		k.Role = operation
	case "action":
		k.Role = action
	case "dn", "user":
		k.Role = dn
	case "clientAccount":
		k.Role = clientUser
	case "mappedAccount":
		k.Role = mappedUser
	case "account":
		k.Role = account
	case "clientDomain":
		k.Role = clientDomain
	case "domain":
		k.Role = domain
	case "remoteAddress":
		k.Role = remote
	case "localAddress":
		k.Role = local
	case "workstation":
		k.Role = workstation
	case "serviceDescription":
		k.Role = service
	}
}

// source gives service and dataset by Samba's own word for the entry, or nothing
// where it is no entry of Samba's.
func source(kind string) (service, dataset string) {
	switch kind {
	case "Authentication", "Authorization", "KDC Authorization":
		return "auth", "samba.auth"
	case "dsdbChange", "dsdbTransaction", "replicatedUpdate", "passwordChange", "groupChange":
		return "dsdb", "samba.dsdb"
	}
	return "", ""
}

func (f *Format) json(body string, e *event.Event) bool {
	if !strings.Contains(body, `"type"`) || !strings.Contains(body, `"timestamp"`) {
		return false
	}
	pairs, why := f.scan.Scan(body)
	defer f.scan.Free(pairs)
	var v [roles]string
	for i := range pairs.List {
		if p := &pairs.List[i]; p.Key.Role != 0 && v[p.Key.Role] == "" {
			v[p.Key.Role] = p.Value
		}
	}
	service, dataset := source(v[kind])
	if service == "" {
		return false
	}
	e.Product, e.Service, e.Dataset, e.Unread = "samba", service, dataset, why
	for i := range pairs.List {
		if p := &pairs.List[i]; p.Kind != format.Null {
			format.Add(e, p.Key.Name, p.Value)
		}
	}
	format.StampText(e, v[stamp], f.location(e))
	coreJSON(&e.Core, &v)
	return true
}

func (f *Format) location(e *event.Event) *time.Location { return f.zone(e.Source) }

func coreJSON(c *event.Core, v *[roles]string) {
	c.Provider, c.Code = "samba", v[eventID]
	c.Action = format.Or(v[action], v[operation], v[kind])
	switch {
	case v[status] == "NT_STATUS_OK", strings.EqualFold(v[status], "Success"):
		c.Outcome = format.Success
	case v[status] != "":
		c.Outcome = format.Failure
	}
	c.User = format.Or(v[clientUser], v[mappedUser], v[account])
	c.Domain = format.Or(v[clientDomain], v[domain])
	c.SourceIP, c.SourcePort = address(v[remote])
	c.DestIP, c.DestPort = address(v[local])
	c.SourceHost = v[workstation]
	c.Message = format.Line(format.Or(v[dn], v[status], v[service]))
}

// address reads "ipv4:10.1.1.5:51234" and "ipv6:fe80::1:445", where the port
// stands behind the last colon, and "unix:".
func address(s string) (netip.Addr, uint16) {
	family, rest, ok := strings.Cut(s, ":")
	i := strings.LastIndexByte(rest, ':')
	if !ok || i < 0 || (family != "ipv4" && family != "ipv6") {
		return netip.Addr{}, 0
	}
	return format.Addr(rest[:i]), format.Port(rest[i+1:])
}
