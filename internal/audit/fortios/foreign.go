package fortios

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/torideproject/toride/internal/fault"
)

// sign is what the beginning of a file of another maker looks like.
type sign struct {
	name string // as people know it; goes into the message
	re   *regexp.Regexp
}

func signs() []sign {
	m := regexp.MustCompile
	return []sign{
		{"Palo Alto Networks PAN-OS", m(`(?s)<config[^>]*\bversion="[\d.]+"|<mgt-config>|(?m)^set deviceconfig system `)},
		{"Cisco ASA", m(`(?m)^(ASA Version |: Saved)`)},
		{"NEC UNIVERGE IX", m(`(?mi)^! *NEC (Portable Internetwork|.*IX)|^interface GigaEthernet\d|^ip ufs-cache`)},
		{"YAMAHA RTX/NVR", m(`(?mi)^# *(RTX|NVR|RTA|FWX|vRX)\d|^(pp|tunnel) select \d|^ip route default gateway (pp|tunnel|dhcp|pdp)`)},
		{"Cisco IOS", m(`(?m)^(Building configuration|Current configuration ?:|version 1[0-9]\.\d|service timestamps |boot-start-marker)`)},
		{"Juniper", m(`(?m)^## Last (changed|commit)|^set system host-name |^system \{`)},
		{"Allied Telesis", m(`(?mi)^# *AR\d{3,4}|^service password-encryption\s*\n!\s*\n.*awplus|hostname awplus`)},
		{"SonicWall", m(`(?mi)^firmware-version "?SonicOS|^checksumVersion=`)},
		{"MikroTik RouterOS", m(`(?m)^# .* by RouterOS |^/interface (bridge|ethernet|pppoe)`)},
	}
}

// refuse looks at the first bytes of a file and gives the fault for one that
// is not a readable FortiOS configuration, or nil.
func refuse(head []byte) error {
	switch {
	case len(bytes.TrimSpace(head)) == 0:
		return fault.New(fault.Invalid, "audit.file.empty")
	case bytes.HasPrefix(head, []byte("#FGBK|")):
		return fault.New(fault.Invalid, "audit.file.encrypted")
	case binary(head):
		return fault.New(fault.Invalid, "audit.file.binary")
	}
	text := string(head)
	if i := strings.Index(text, headerPrefix); i >= 0 && i < 512 {
		line, _, _ := strings.Cut(text[i:], "\n")
		if h := parseHeader(strings.TrimSpace(line), 1); !isFortiOS(h.Model) {
			return fault.New(fault.Invalid, "audit.file.fortinet_other", h.Model)
		}
		return nil
	}
	for _, s := range signs() {
		if s.re.MatchString(text) {
			return fault.New(fault.Invalid, "audit.file.foreign", s.name)
		}
	}
	if !fortiosBlock().Match(head) {
		return fault.New(fault.Invalid, "audit.file.unknown")
	}
	return nil
}

// fortiosBlock finds a config line of FortiOS in a part without its header.
func fortiosBlock() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^\s*config (system|firewall|vpn|user|log|router|global|vdom|wireless-controller|antivirus|webfilter|ips|application)\b`)
}

// binary reports whether the bytes are no text: archives, workbooks, pictures.
// UTF-16 has zero bytes too and is known by its mark.
func binary(head []byte) bool {
	if bytes.HasPrefix(head, []byte{0xFF, 0xFE}) || bytes.HasPrefix(head, []byte{0xFE, 0xFF}) {
		return false
	}
	for _, magic := range []string{"PK\x03\x04", "\x1f\x8b", "%PDF", "\xd0\xcf\x11\xe0", "7z\xbc\xaf", "\x89PNG", "Rar!"} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return true
		}
	}
	return bytes.IndexByte(head, 0) >= 0
}
