package archive

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

const (
	maxRecord = 64 << 10 // bytes of one row
	maxFields = 200
	maxJoined = 20 // lines that one quoted field may run over
	headBytes = 64 << 10
)

// records reads the rows of a CSV or TSV as bytes. A quotation mark that is
// never closed costs its own line, not the rest of the file.
type records struct {
	in     *bufio.Reader
	sep    byte
	cp932  bool
	queue  [][]byte // lines that were read ahead
	fields [][]byte
	store  []byte // of fields that had quotation marks
	rows   int
	bad    int
}

// newRecords begins to read and finds out charset and separator. encoding is
// the setting, or "".
func newRecords(in io.Reader, encoding string) *records {
	b := bufio.NewReaderSize(in, 256<<10)
	head, _ := b.Peek(headBytes)
	r := &records{in: b}
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		wide := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder()
		r.in = bufio.NewReaderSize(transform.NewReader(b, wide), 256<<10)
		head, _ = r.in.Peek(headBytes)
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		_, _ = b.Discard(3)
		head = head[3:]
	case encoding != "":
		r.cp932 = !strings.HasPrefix(strings.ToLower(encoding), "utf")
	default:
		r.cp932 = !utf8.Valid(whole(head))
	}
	first := head
	if i := bytes.IndexByte(head, '\n'); i >= 0 {
		first = head[:i]
	}
	r.sep = ','
	if bytes.Count(first, []byte{'\t'}) > bytes.Count(first, []byte{','}) {
		r.sep = '\t'
	} else if bytes.Count(first, []byte{';'}) > bytes.Count(first, []byte{','}) {
		r.sep = ';'
	}
	return r
}

// whole cuts a head at its last line end, so that no character is cut in two.
func whole(head []byte) []byte {
	if len(head) < headBytes {
		return head
	}
	if i := bytes.LastIndexByte(head, '\n'); i > 0 {
		return head[:i]
	}
	return head
}

// next gives the fields of the next row, good until the following call; io.EOF
// at the end.
func (r *records) next() ([][]byte, error) {
	for {
		line, err := r.line()
		if err != nil {
			return nil, err
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		r.rows++
		if bytes.IndexByte(line, '"') < 0 {
			return r.split(line), nil
		}
		if bytes.Count(line, []byte{'"'})%2 == 1 {
			if line = r.join(line); line == nil {
				r.bad++
				continue
			}
		}
		return r.unquote(line), nil
	}
}

// line gives the next line without its end; one that is too long is passed
// over.
func (r *records) line() ([]byte, error) {
	if len(r.queue) > 0 {
		line := r.queue[0]
		r.queue = r.queue[1:]
		return line, nil
	}
	for {
		line, err := r.in.ReadSlice('\n')
		switch {
		case err == bufio.ErrBufferFull || len(line) > maxRecord:
			r.bad++
			for err == bufio.ErrBufferFull {
				_, err = r.in.ReadSlice('\n')
			}
			if err != nil {
				return nil, err
			}
		case len(line) > 0:
			return bytes.TrimRight(line, "\r\n"), nil
		case err != nil:
			return nil, err
		}
	}
}

// join adds the lines that a quoted field runs over; nil where its end is not
// near: the lines behind it are then rows of their own.
func (r *records) join(first []byte) []byte {
	all := bytes.Clone(first)
	var ahead [][]byte
	for range maxJoined {
		line, err := r.line()
		if err != nil {
			break
		}
		line = bytes.Clone(line)
		ahead = append(ahead, line)
		all = append(append(all, '\n'), line...)
		if len(all) > maxRecord {
			break
		}
		if bytes.Count(line, []byte{'"'})%2 == 1 {
			return all
		}
	}
	r.queue = append(ahead, r.queue...)
	return nil
}

func (r *records) split(line []byte) [][]byte {
	r.fields = r.fields[:0]
	for len(r.fields) < maxFields {
		i := bytes.IndexByte(line, r.sep)
		if i < 0 {
			break
		}
		r.fields = append(r.fields, line[:i])
		line = line[i+1:]
	}
	r.fields = append(r.fields, line)
	return r.fields
}

// unquote reads a line with quotation marks (RFC 4180; a mark within a field
// that does not begin with one is itself).
func (r *records) unquote(line []byte) [][]byte {
	r.fields, r.store = r.fields[:0], r.store[:0]
	if cap(r.store) < len(line) {
		r.store = make([]byte, 0, 2*len(line))
	}
	for len(r.fields) < maxFields {
		start := len(r.store)
		i := 0
		if len(line) > 0 && line[0] == '"' {
			for i = 1; i < len(line); i++ {
				if line[i] != '"' {
					r.store = append(r.store, line[i])
				} else if i+1 < len(line) && line[i+1] == '"' {
					r.store = append(r.store, '"')
					i++
				} else {
					i++
					break
				}
			}
		}
		for ; i < len(line) && line[i] != r.sep; i++ {
			r.store = append(r.store, line[i])
		}
		r.fields = append(r.fields, r.store[start:len(r.store):len(r.store)])
		if i >= len(line) {
			break
		}
		line = line[i+1:]
	}
	return r.fields
}

// text reads the characters of a field.
func (r *records) text(field []byte) string {
	field = bytes.TrimSpace(field)
	if r.cp932 {
		for _, c := range field {
			if c >= utf8.RuneSelf {
				if out, err := japanese.ShiftJIS.NewDecoder().Bytes(field); err == nil {
					return strings.Trim(string(out), " \t\u3000")
				}
				break
			}
		}
	}
	if !utf8.Valid(field) {
		return strings.ToValidUTF8(string(field), "\ufffd")
	}
	return strings.Trim(string(field), "\u3000")
}
