package app

import (
	"context"
	"net"
	"os"
)

// hospital is the hospital's name.
func (a *App) hospital(ctx context.Context) (string, error) {
	setting, err := a.Parts.Identity.Setting(ctx)
	return setting.Hospital, err
}

// siteURL is the address of the pages as people type it: the first configured
// name, else the box's own.
func (c Config) siteURL() string {
	name := "localhost"
	if len(c.Hosts) > 0 {
		name = c.Hosts[0]
	} else if host, err := os.Hostname(); err == nil && host != "" {
		name = host
	}
	if _, port, err := net.SplitHostPort(c.Listen); err == nil && port != "443" && port != "0" {
		name = net.JoinHostPort(name, port)
	}
	return "https://" + name
}
