package pdf

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
)

// The reader of these tests knows nothing of the writer: it finds objects by
// the table at the end, unpacks streams, and turns glyphs back into text by the
// font's own table.

type readback struct {
	t    *testing.T
	data []byte
	at   map[int]int
}

func readBack(t *testing.T, data []byte) *readback {
	t.Helper()
	r := &readback{t: t, data: data, at: map[int]int{}}
	tail := regexp.MustCompile(`startxref\n(\d+)\n%%EOF\n$`).FindSubmatch(data)
	if tail == nil {
		t.Fatal("there is no startxref")
	}
	start, _ := strconv.Atoi(string(tail[1]))
	lines := strings.Split(string(data[start:]), "\n")
	var first, n int
	if lines[0] != "xref" {
		t.Fatalf("startxref does not lead to a table: %q", lines[0])
	}
	if _, err := fmt.Sscanf(lines[1], "%d %d", &first, &n); err != nil {
		t.Fatal(err)
	}
	for i := 1; i < n; i++ {
		entry := lines[2+i]
		if len(entry) != 19 { // with the line end 20 bytes: 7.5.4
			t.Fatalf("entry %d has %d bytes", i, len(entry)+1)
		}
		at, _ := strconv.Atoi(entry[:10])
		if !bytes.HasPrefix(data[at:], fmt.Appendf(nil, "%d 0 obj\n", i)) {
			t.Fatalf("object %d does not stand at %d", i, at)
		}
		r.at[i] = at
	}
	return r
}

func (r *readback) object(no int) string {
	body := r.data[r.at[no]:]
	return string(body[:bytes.Index(body, []byte("endobj"))])
}

func (r *readback) refs(body, key string) (out []int) {
	m := regexp.MustCompile(`/` + key + `\s?\[?((?:\d+ 0 R ?)+)`).FindStringSubmatch(body)
	if m == nil {
		return nil
	}
	for _, n := range regexp.MustCompile(`(\d+) 0 R`).FindAllStringSubmatch(m[1], -1) {
		no, _ := strconv.Atoi(n[1])
		out = append(out, no)
	}
	return out
}

func (r *readback) stream(no int) []byte {
	r.t.Helper()
	body := r.object(no)
	length, _ := strconv.Atoi(regexp.MustCompile(`/Length (\d+)`).FindStringSubmatch(body)[1])
	from := r.at[no] + strings.Index(body, "stream\n") + len("stream\n")
	z, err := zlib.NewReader(bytes.NewReader(r.data[from : from+length]))
	if err != nil {
		r.t.Fatal(err)
	}
	out, err := io.ReadAll(z)
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

// pages gives the text of each page, line by line as it was drawn.
func (r *readback) pages() (out []string) {
	root := r.refs(string(r.data[bytes.LastIndex(r.data, []byte("trailer")):]), "Root")[0]
	tree := r.refs(r.object(root), "Pages")[0]
	resources, chars := 0, map[string]string{}
	var walk func(no int)
	walk = func(no int) {
		body := r.object(no)
		if strings.Contains(body, "/Type/Pages") {
			for _, kid := range r.refs(body, "Kids") {
				if parent := r.refs(r.object(kid), "Parent"); len(parent) != 1 || parent[0] != no {
					r.t.Errorf("object %d does not know its parent %d", kid, no)
				}
				walk(kid)
			}
			return
		}
		if resources == 0 {
			resources = r.refs(body, "Resources")[0]
			font := r.refs(r.object(resources), "F")[0]
			for _, m := range regexp.MustCompile(`<([0-9A-F]{4})><([0-9A-F]+)>`).FindAllStringSubmatch(string(r.stream(r.refs(r.object(font), "ToUnicode")[0])), -1) {
				var units []uint16
				for i := 0; i < len(m[2]); i += 4 {
					u, _ := strconv.ParseUint(m[2][i:i+4], 16, 16)
					units = append(units, uint16(u))
				}
				chars[m[1]] = string(utf16.Decode(units))
			}
		}
		var page strings.Builder
		for _, m := range regexp.MustCompile(`<([0-9A-F]+)> Tj`).FindAllStringSubmatch(string(r.stream(r.refs(body, "Contents")[0])), -1) {
			for i := 0; i < len(m[1]); i += 4 {
				page.WriteString(chars[m[1][i:i+4]])
			}
			page.WriteByte('\n')
		}
		out = append(out, page.String())
	}
	walk(tree)
	return out
}
