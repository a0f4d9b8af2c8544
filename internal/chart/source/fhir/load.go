package fhir

import (
	"bytes"
	"context"
	"encoding/json"
	"io"

	"github.com/torideproject/toride/internal/chart/model"
)

// resource is one that was read.
type resource struct {
	e    *entry
	at   int // place in the table
	ref  model.Ref
	kind string
	node node
	raw  []byte
	err  error
}

// fetch reads resources by their places, which must be sorted; several of one
// file in one pass. Only the context's error and a source that is away end it:
// others stand in the resource.
func (s *store) fetch(ctx context.Context, t *table, places []int) ([]resource, error) {
	out := make([]resource, 0, len(places))
	for i := 0; i < len(places); {
		j := i + 1
		for j < len(places) && t.entries[places[j]].file == t.entries[places[i]].file {
			j++
		}
		list, err := s.fetchFile(ctx, t, places[i:j])
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
		i = j
	}
	return out, nil
}

func (s *store) fetchFile(ctx context.Context, t *table, places []int) ([]resource, error) {
	name := t.files[t.entries[places[0]].file]
	out := make([]resource, len(places))
	for i, at := range places {
		e := &t.entries[at]
		out[i] = resource{e: e, at: at, kind: t.kinds[e.kind], ref: s.refOf(t, e)}
	}
	failed := func(err error, from int) ([]resource, error) {
		if gone := s.gone(); gone != nil {
			return nil, gone
		}
		for i := from; i < len(out); i++ {
			out[i].err = err
		}
		return out, nil
	}
	f, err := s.fsys.Open(name)
	if err != nil {
		return failed(err, 0)
	}
	defer f.Close()
	in, err := unpack(f, name)
	if err != nil {
		return failed(err, 0)
	}
	pos := int64(0)
	for i := range out {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		e := out[i].e
		raw, err := s.bytesAt(in, pos, e.offset, e.size)
		if err != nil {
			return failed(err, i)
		}
		pos = e.offset + int64(e.size)
		if out[i].node, err = parse(raw); err != nil || out[i].node.at("resourceType").str() != out[i].kind {
			out[i].err = errChanged
			continue
		}
		out[i].raw = raw
	}
	return out, nil
}

// node is a value of a resource, with its path. The zero node is what is not
// there: everything of it is empty.
type node struct {
	v    any
	path string
}

func parse(raw []byte) (node, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return node{}, err
	}
	if _, err := d.Token(); err != io.EOF {
		return node{}, errChanged
	}
	return node{v: v}, nil
}

// at goes down names; of a list the first element counts.
func (n node) at(names ...string) node {
	for _, name := range names {
		if l, ok := n.v.([]any); ok {
			if len(l) == 0 {
				return node{}
			}
			n = node{l[0], n.path + "[0]"}
		}
		m, ok := n.v.(map[string]any)
		if !ok {
			return node{}
		}
		v, ok := m[name]
		if !ok {
			return node{}
		}
		n = node{v, join(n.path, name)}
	}
	return n
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// each gives the elements of a list, or the one value that stands in its place.
func (n node) each(names ...string) []node {
	n = n.at(names...)
	l, ok := n.v.([]any)
	if !ok {
		if n.v == nil {
			return nil
		}
		return []node{n}
	}
	out := make([]node, len(l))
	for i, v := range l {
		out[i] = node{v, n.path + "[" + itoa(i) + "]"}
	}
	return out
}

// str is a text, number or truth value as it was written.
func (n node) str() string {
	switch v := n.v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "true"
		}
		return "false"
	case []any:
		if len(v) > 0 {
			return node{v: v[0]}.str()
		}
	}
	return ""
}

func (n node) has() bool { return n.v != nil }
