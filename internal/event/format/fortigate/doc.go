// Package fortigate reads the log lines of Fortinet's FortiGate firewalls
// (FortiOS 5 to 7, "default" and "csv" format, from the device itself or
// through FortiAnalyzer): key=value pairs, some values quoted.
//
// The fields of the event are the device's own names, as SigmaHQ's rules for
// product fortigate use them (action, cfgpath, user …). The service is the
// device's log type: traffic, event or utm. The core says what an entry is about
// in the words of the Elastic Common Schema; of logins (administrators, SSL-VPN,
// IPsec, users) it has account, address and outcome.
package fortigate
