package bulk

import (
	"bytes"
	"strings"

	"github.com/torideproject/toride/internal/event/format"
)

// operation is what an action asks for.
type operation uint8

const (
	create operation = iota
	index
	update
	remove
	unknown
)

// names of operations in requests and answers.
func (o operation) name() string {
	return [...]string{"create", "index", "update", "delete", ""}[o]
}

// action is a line that says what is to be done with the next one.
type action struct {
	op operation
	id string
}

// The roles of an action's members.
const idRole = 1

// actions reads action lines.
type actions struct{ scan *format.Scanner }

func newActions() *actions {
	return &actions{scan: format.NewScanner(func(k *format.Key) {
		if k.Leaf == "_id" && k.Parent.Path != "" && k.Parent.Parent.Path == "" {
			k.Role = idRole
		}
	})}
}

// read reads {"create":{"_index":"…","_id":"…"}}. ok is false when it is no
// action at all: then nobody knows what the following lines are.
func (a *actions) read(line []byte) (act action, ok bool) {
	act.op = operationOf(line)
	if act.op == unknown {
		return act, false
	}
	if !bytes.Contains(line, []byte(`"_id"`)) {
		return act, bytes.HasSuffix(bytes.TrimSpace(line), []byte("}"))
	}
	pairs, why := a.scan.Scan(string(line))
	defer a.scan.Free(pairs)
	for i := range pairs.List {
		if p := &pairs.List[i]; p.Key.Role == idRole {
			act.id = key(p.Value)
		}
	}
	return act, why == ""
}

// key gives what may be a record's key. An identity longer than Elasticsearch
// allows is none: cut, it could be another's.
func key(id string) string {
	if len(id) > maxKey {
		return ""
	}
	return strings.ToValidUTF8(id, "\uFFFD")
}

// operationOf reads the first name of the object.
func operationOf(line []byte) operation {
	line, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("{"))
	if !ok {
		return unknown
	}
	line, ok = bytes.CutPrefix(bytes.TrimLeft(line, " \t"), []byte(`"`))
	if !ok {
		return unknown
	}
	name, _, ok := bytes.Cut(line, []byte(`"`))
	if !ok {
		return unknown
	}
	switch string(name) {
	case "create":
		return create
	case "index":
		return index
	case "update":
		return update
	case "delete":
		return remove
	}
	return unknown
}
