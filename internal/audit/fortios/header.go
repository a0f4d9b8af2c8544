package fortios

import (
	"strconv"
	"strings"
)

// headerPrefix begins the first line of every backup that is not encrypted.
const headerPrefix = "#config-version="

// parseHeader reads a line such as
// #config-version=FGT60E-5.4.8-FW-build1183-171023:opmode=0:vdom=0:user=admin
// (FortiOS administration guide, configuration backups). Older versions write
// 5.04 for 5.4 and leave the patch level out.
func parseHeader(line string, number int) Header {
	h := Header{Line: number, Text: line}
	fields := strings.Split(strings.TrimPrefix(line, headerPrefix), ":")
	for _, f := range fields[1:] {
		if f == "vdom=1" {
			h.VDOMs = true
		}
	}
	parts := strings.Split(fields[0], "-")
	for i, p := range parts {
		v := strings.TrimPrefix(p, "v")
		if i > 0 && h.Version == "" && looksLikeVersion(v) {
			h.Model = strings.Join(parts[:i], "-")
			h.Version = normalVersion(v)
		}
		if b, ok := strings.CutPrefix(p, "build"); ok && h.Build == "" && digits(b) {
			h.Build = b
		}
	}
	if h.Model == "" {
		h.Model = parts[0]
	}
	return h
}

func looksLikeVersion(s string) bool {
	parts := strings.Split(s, ".")
	if len(parts) < 2 || len(parts) > 3 {
		return false
	}
	for _, p := range parts {
		if !digits(p) || len(p) > 3 {
			return false
		}
	}
	return true
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// normalVersion makes 5.4 of 5.04 and leaves 7.4.10 alone.
func normalVersion(v string) string {
	parts := strings.Split(v, ".")
	for i, p := range parts {
		n, _ := strconv.Atoi(p) // digits only, at most three
		parts[i] = strconv.Itoa(n)
	}
	return strings.Join(parts, ".")
}

// isFortiOS reports whether a model name of a header is one that runs FortiOS:
// FortiGate (FGT, FG…, FGVM, FGR) and FortiWiFi (FWF, FW…).
func isFortiOS(model string) bool {
	return strings.HasPrefix(model, "FG") || strings.HasPrefix(model, "FWF") ||
		(strings.HasPrefix(model, "FW") && len(model) > 2 && model[2] >= '0' && model[2] <= '9')
}
