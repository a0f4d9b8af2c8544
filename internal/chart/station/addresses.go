package station

import (
	"net"
	"strings"
)

// Addresses are the URLs under which people open the pages, when it listens at
// an address.
func (s *Station) Addresses(at net.Addr) []string {
	_, port, err := net.SplitHostPort(at.String())
	if err != nil {
		return nil
	}
	var out []string
	for _, site := range s.sites() {
		host := strings.TrimPrefix(site, "https://")
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		out = append(out, "https://"+net.JoinHostPort(host, port))
	}
	return out
}
