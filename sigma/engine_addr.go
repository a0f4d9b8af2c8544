package sigma

import (
	"bytes"
	"net/netip"
)

// parseAddr is netip.ParseAddr with the zone left out, without garbage for the
// many values that are no address.
func parseAddr(b []byte) (netip.Addr, bool) {
	if len(b) < 2 {
		return netip.Addr{}, false
	}
	switch at := bytes.IndexAny(b[:min(len(b), 5)], ".:"); {
	case at < 0:
		return netip.Addr{}, false
	case b[at] == '.':
		a, ok := parseAddr4(b)
		return netip.AddrFrom4(a), ok
	}
	if zone := bytes.IndexByte(b, '%'); zone >= 0 {
		if zone == len(b)-1 {
			return netip.Addr{}, false
		}
		b = b[:zone]
	}
	return parseAddr6(b)
}

func parseAddr4(b []byte) (a [4]byte, ok bool) {
	for i := range a {
		n, digits := 0, 0
		for digits < len(b) && digits < 4 && '0' <= b[digits] && b[digits] <= '9' {
			n = n*10 + int(b[digits]-'0')
			digits++
		}
		if digits == 0 || digits > 3 || n > 255 || digits > 1 && b[0] == '0' {
			return a, false
		}
		a[i] = byte(n)
		b = b[digits:]
		if i < 3 {
			if len(b) == 0 || b[0] != '.' {
				return a, false
			}
			b = b[1:]
		}
	}
	return a, len(b) == 0
}

func parseAddr6(b []byte) (netip.Addr, bool) {
	var a [16]byte
	n, gap := 0, -1 // bytes read; where :: stands
	if len(b) >= 2 && b[0] == ':' && b[1] == ':' {
		gap, b = 0, b[2:]
	}
	for len(b) > 0 && n < len(a) {
		group, digits := hexGroup(b)
		if digits == 0 || digits > 4 {
			return netip.Addr{}, false
		}
		if digits < len(b) && b[digits] == '.' { // the last four bytes as IPv4
			four, ok := parseAddr4(b)
			if !ok || n > 12 || gap < 0 && n != 12 {
				return netip.Addr{}, false
			}
			n += copy(a[n:], four[:])
			b = nil
			break
		}
		a[n], a[n+1] = byte(group>>8), byte(group)
		n += 2
		if b = b[digits:]; len(b) == 0 {
			break
		}
		if b[0] != ':' || len(b) == 1 {
			return netip.Addr{}, false
		}
		b = b[1:]
		if b[0] == ':' {
			if gap >= 0 {
				return netip.Addr{}, false
			}
			gap, b = n, b[1:]
		}
	}
	if len(b) > 0 || gap < 0 && n < len(a) || gap >= 0 && n == len(a) {
		return netip.Addr{}, false
	}
	if gap >= 0 {
		tail := copy(a[len(a)-(n-gap):], a[gap:n]) // copy allows overlap
		clear(a[gap : len(a)-tail])
	}
	return netip.AddrFrom16(a), true
}

// hexGroup reads up to five hexadecimal digits.
func hexGroup(b []byte) (n, digits int) {
	for digits < len(b) && digits < 5 {
		c := b[digits]
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return n, digits
		}
		n = n<<4 | int(c)
		digits++
	}
	return n, digits
}
