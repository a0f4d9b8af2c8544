package fortios

import (
	"regexp"
	"strings"
)

// secretParts are pieces of names of settings that hold secrets. The list is
// wide on purpose: a setting that is hidden too many costs one unreadable
// line, one too few costs a password.
func secretParts() []string {
	return []string{"passw", "passphrase", "secret", "psk", "presharedkey", "pre-shared",
		"private-key", "privatekey", "-pwd", "pwd-", "api-key", "apikey", "auth-key", "authkey",
		"authentication-key", "enckey", "encryption-key", "encrypt-key", "key-string", "md5-key",
		"credential", "sae-", "access-key", "token-key", "http-token", "api-token", "sms-phone",
		"email-to", "ssh-public-key", "activation"}
}

// spokenSecret finds words in a remark that a password usually follows.
func spokenSecret() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(pass(word|wd|phrase)?|パスワード|パスフレーズ|暗証|合言葉|\bpw|\bid/pw|psk|事前共有)\s*[:=：＝はが/]` +
		`|\b(pass(word|wd|phrase|code)?|pwd?|psk)\s+\S*[0-9!-/:-@]\S*`) // "VPN pass Kyushoku1": the next word has a digit or a sign
}

// secrets decides which values are hidden. It is made once per file.
type secrets struct {
	parts  []string
	spoken *regexp.Regexp
}

func newSecrets() secrets { return secrets{parts: secretParts(), spoken: spokenSecret()} }

// hides reports whether the values of a setting must not be kept. path is the
// innermost config block.
func (s secrets) hides(path, key string, values []string) bool {
	path, key = strings.ToLower(path), strings.ToLower(key) // typed by hand, it may be "set Password"
	if len(values) > 0 && values[0] == "ENC" {
		return true
	}
	if len(values) == 1 && (values[0] == "enable" || values[0] == "disable") {
		return false
	}
	switch key {
	case "key", "wep-key", "community", "authpasswd", "pin", "password", "code", "seed",
		"script", "http-body", "headers", "http-headers": // texts in which people put commands and tokens
		return true
	case "name":
		return path == "system snmp community" // the name is the password of SNMP
	case "passwd-policy", "password-expire":
		return false
	case "comment", "comments", "description", "alias", "remark":
		for _, v := range values {
			if s.spoken.MatchString(v) {
				return true
			}
		}
		return false
	}
	for _, p := range s.parts {
		if strings.Contains(key, p) {
			return true
		}
	}
	for _, v := range values {
		if at := strings.IndexByte(v, '@'); at > 0 && strings.Contains(v, "://") && strings.LastIndexByte(v[:at], ':') > strings.Index(v, "://") {
			return true // https://user:password@host
		}
	}
	return false
}

// comment gives the text of a # line as it may be kept. Such lines are typed by
// people or carry checksums of keys.
func (s secrets) comment(line string) (string, bool) {
	low := strings.ToLower(line)
	if strings.HasPrefix(low, headerPrefix) {
		return line, false
	}
	if strings.Contains(low, "key=") || strings.Contains(low, "secret") || s.spoken.MatchString(line) {
		return "# " + Mark, true
	}
	return line, false
}
