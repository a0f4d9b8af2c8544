package syslog

import (
	"strings"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/format"
)

// A message is taken for a list of pairs when it has so many, and names are no
// longer than this, in bytes.
const (
	minPairs    = 3
	maxPairName = 60
)

// The roles of pairs.
const (
	_     = iota
	taken // a field of the head has this name
	user
	action
	outcome
	address
	computer
	code
	roles
)

// classify knows the usual names, in English and in Japanese.
func classify(k *format.Key) {
	switch k.Leaf {
	case "facility", "severity", "hostname", "program", "pid", "msgid", "message":
		k.Role = taken
	case "user", "username", "user_name", "login", "account", "利用者", "利用者ID", "ユーザ", "ユーザー", "ユーザID", "ユーザーID", "ユーザ名", "職員ID":
		k.Role = user
	case "action", "event", "op", "operation", "操作", "処理", "イベント", "操作内容":
		k.Role = action
	case "result", "status", "outcome", "結果", "処理結果":
		k.Role = outcome
	case "src", "srcip", "src_ip", "ip", "client", "client_ip", "remote", "接続元", "接続元IP", "IPアドレス":
		k.Role = address
	case "terminal", "workstation", "端末", "端末名", "クライアント":
		k.Role = computer
	case "code", "id", "msg_id", "コード", "メッセージID":
		k.Role = code
	}
}

// pairs reads name=value and name="a value" separated by blanks or commas. Other
// words between them are passed over.
func (f *Format) pairs(s string, e *event.Event) {
	if strings.Count(s, "=") < minPairs {
		return
	}
	if countPairs(s) < minPairs {
		return
	}
	var v [roles]string
	for s != "" {
		name, value, rest := nextPair(s)
		s = rest
		if name == "" {
			continue
		}
		k := f.named.Child(nil, name)
		if k.Role == taken {
			continue
		}
		if v[k.Role] == "" {
			v[k.Role] = value
		}
		format.Add(e, k.Name, value)
	}
	c := &e.Core
	c.User, c.Action, c.SourceHost, c.Code = v[user], v[action], v[computer], v[code]
	c.Outcome = result(v[outcome])
	c.SourceIP, c.SourcePort = format.AddrPort(v[address])
}

// countPairs looks whether it is a list of pairs: at least half of its words are.
func countPairs(s string) int {
	pairs, words := 0, 0
	for s != "" && words < 64 {
		name, _, rest := nextPair(s)
		s = rest
		words++
		if name != "" {
			pairs++
		}
	}
	if 2*pairs < words {
		return 0
	}
	return pairs
}

// nextPair takes the next word off s; name is empty when it is no pair.
func nextPair(s string) (name, value, rest string) {
	s = strings.TrimLeft(s, " ,;\t\u3000")
	i := strings.IndexAny(s, "= ,;\t")
	if i < 0 {
		return "", "", ""
	}
	if s[i] != '=' || i == 0 || i > maxPairName || strings.ContainsAny(s[:i], `"'()<>[]{}/\?&`) {
		return "", "", s[i+1:]
	}
	name, s = s[:i], s[i+1:]
	if strings.HasPrefix(s, `"`) {
		if end := closing(s[1:]); end >= 0 {
			value, rest = s[1:end+1], s[end+2:]
			if strings.IndexByte(value, '\\') >= 0 {
				value = unescape(value)
			}
			return name, value, rest
		}
	}
	end := strings.IndexAny(s, " ,;\t")
	if end < 0 {
		end = len(s)
	}
	return name, s[:end], s[end:]
}

func result(word string) string {
	switch strings.ToLower(word) {
	case "success", "successful", "ok", "succeeded", "成功", "完了", "正常":
		return format.Success
	case "failure", "failed", "fail", "error", "ng", "denied", "失敗", "エラー", "拒否", "異常":
		return format.Failure
	}
	return ""
}
