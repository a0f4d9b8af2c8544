package fhir

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// entryHead is what an entry says beside its resource.
type entryHead struct {
	FullURL  string          `json:"fullUrl"`
	Resource json.RawMessage `json:"resource"`
}

// bundle takes a Bundle apart, entry by entry: it may be larger than memory.
func (r *reader) bundle() error {
	head := &bundleHead{}
	if b, err := r.buf.ReadByte(); err != nil || b != '{' {
		return errors.Join(err, fmt.Errorf("fhir: no JSON at byte %d", r.at))
	}
	r.at++
	for {
		key, err := r.key()
		if err != nil {
			return err
		}
		if key == "" {
			break
		}
		if key == "entry" {
			if err := r.entries(head); err != nil {
				return err
			}
			continue
		}
		raw, err := r.any()
		if err != nil {
			return err
		}
		switch key {
		case "type":
			_ = json.Unmarshal(raw, &head.Type)
		case "timestamp":
			_ = json.Unmarshal(raw, &head.Timestamp)
		}
	}
	head.done = true
	return r.send(piece{scope: r.scope, bundle: head, offset: r.at})
}

// key reads the next key of an object, up to behind its colon; "" at the
// object's end.
func (r *reader) key() (string, error) {
	c, err := r.next()
	if err != nil {
		return "", err
	}
	if c == ',' {
		if c, err = r.next(); err != nil {
			return "", err
		}
	}
	switch c {
	case '}':
		return "", nil
	case '"':
	default:
		return "", fmt.Errorf("fhir: no JSON at byte %d", r.at)
	}
	var name []byte
	for {
		c, err := r.byte()
		if err != nil {
			return "", err
		}
		if c == '"' {
			break
		}
		if name = append(name, c); len(name) > 1000 {
			return "", fmt.Errorf("fhir: no JSON at byte %d", r.at)
		}
	}
	if c, err = r.next(); err != nil || c != ':' {
		return "", errors.Join(err, fmt.Errorf("fhir: no JSON at byte %d", r.at))
	}
	if len(name) == 0 {
		return "-", nil
	}
	return string(name), nil
}

func (r *reader) byte() (byte, error) {
	c, err := r.buf.ReadByte()
	if errors.Is(err, io.EOF) {
		err = fmt.Errorf("fhir: the file ends within a Bundle: %w", io.ErrUnexpectedEOF)
	}
	if err == nil {
		r.at++
	}
	return c, err
}

// next is the next byte that is no blank.
func (r *reader) next() (byte, error) {
	for {
		c, err := r.byte()
		if err != nil || c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return c, err
		}
	}
}

// any reads the value behind a key.
func (r *reader) any() ([]byte, error) {
	c, err := r.next()
	if err != nil {
		return nil, err
	}
	if err := r.back(); err != nil {
		return nil, err
	}
	if c == '{' || c == '[' {
		return r.object()
	}
	var raw []byte
	quoted, escaped := false, false
	for {
		c, err := r.byte()
		if err != nil {
			return nil, err
		}
		switch {
		case escaped:
			escaped = false
		case quoted:
			escaped, quoted = c == '\\', c != '"'
			if !quoted {
				return append(raw, c), nil
			}
		case c == '"':
			quoted = true
		case c == ',' || c == '}' || c == ']':
			return raw, r.back()
		}
		if raw = append(raw, c); len(raw) > maxResource {
			return nil, errLarge
		}
	}
}

func (r *reader) back() error {
	r.at--
	return r.buf.UnreadByte()
}

// entries takes the array of entries.
func (r *reader) entries(head *bundleHead) error {
	c, err := r.next()
	if err != nil {
		return err
	}
	if c != '[' {
		return fmt.Errorf("fhir: entry is no list at byte %d", r.at)
	}
	for {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		c, err := r.next()
		switch {
		case err != nil:
			return err
		case c == ']':
			return nil
		case c == ',':
			continue
		case c != '{':
			return fmt.Errorf("fhir: no entry at byte %d", r.at)
		}
		if err := r.back(); err != nil {
			return err
		}
		start := r.at
		raw, err := r.object()
		if err != nil {
			return err
		}
		if err := r.entry(raw, start, head); err != nil {
			return err
		}
	}
}

func (r *reader) entry(raw []byte, start int64, head *bundleHead) error {
	var e entryHead
	if levels(raw) > maxLevels+2 {
		return r.send(piece{offset: start, scope: r.scope, bundle: head, err: errDeep})
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		return r.send(piece{offset: start, scope: r.scope, bundle: head, err: err})
	}
	if len(e.Resource) == 0 {
		return nil // a deletion of a transaction, or a search outcome
	}
	// The resource stands in the entry as it is: Unmarshal copies its bytes.
	at := bytes.Index(raw, e.Resource)
	return r.give(e.Resource, start+int64(max(at, 0)), e.FullURL, head)
}

// headOf looks at the beginning of a JSON object: its resourceType, and whether
// it has a list of entries, both at its top alone.
func headOf(head []byte) (typ string, entries bool) {
	depth, quoted, escaped := 0, false, false
	start, last, key := 0, []byte(nil), false // key: of the resource's type
	for i, c := range head {
		switch {
		case escaped:
			escaped = false
		case quoted:
			escaped, quoted = c == '\\', c != '"'
			if !quoted && depth == 1 {
				last = head[start:i]
				if key {
					if typ, key = string(last), false; typ != "Bundle" {
						return typ, false
					}
				}
			}
		case c == '"':
			quoted, start = true, i+1
		case c == ':' && depth == 1:
			key = string(last) == "resourceType"
		case c == ',' && depth == 1:
			key, last = false, nil
		case c == '{' || c == '[':
			if depth == 1 && string(last) == "entry" && c == '[' {
				entries = true
				if typ != "" {
					return typ, entries
				}
			}
			depth++
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				return typ, entries
			}
		}
	}
	return typ, entries
}
