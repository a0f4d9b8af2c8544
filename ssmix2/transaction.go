package ssmix2

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"strconv"
	"strings"
)

// MaxTransaction is the largest message of a transaction file that is given,
// in bytes. What is longer is passed over with a lint.
const MaxTransaction = 16 << 20

const transactionMark = "#SSMIX,"

// Transaction is one entry of the log from which a broken store can be built
// anew: a header line and the message.
type Transaction struct {
	Version  string
	Facility string
	Name     Name // Flag is Valid for an insertion and Invalid for a deletion
	Delete   bool
	Message  []byte // valid until the next one; as it stands, without the header
	File     string // in the store's file system
	Offset   int64  // of the header in the file
}

// Transactions yields the entries of all files below a root of transaction
// storage in the order they were written: by year, by file name, by place in
// the file. Bounded memory: one entry and the names of one year. What cannot
// be understood comes as lints beside a nil Transaction. An error ends it.
func (s *Store) Transactions(ctx context.Context, root Root) iter.Seq2[*Transaction, []Lint] {
	return func(yield func(*Transaction, []Lint) bool) {
		years, _, err := ListDir(s.fsys, root.Path, MaxEntries)
		if err != nil {
			yield(nil, []Lint{{DirUnreadable, root.Path, []string{err.Error()}}})
			return
		}
		for _, y := range years {
			if !y.IsDir() || len(y.Name()) != 4 || !allDigits(y.Name()) {
				continue
			}
			dir := join(root.Path, y.Name())
			files, _, err := ListDir(s.fsys, dir, MaxEntries)
			if err != nil && !yield(nil, []Lint{{DirUnreadable, dir, []string{err.Error()}}}) {
				return
			}
			for _, f := range files {
				if !f.Type().IsRegular() || !transactionFile(f.Name()) {
					continue
				}
				if !s.transactionFile(ctx, join(dir, f.Name()), yield) || ctx.Err() != nil {
					return
				}
			}
		}
	}
}

func (s *Store) transactionFile(ctx context.Context, at string, yield func(*Transaction, []Lint) bool) bool {
	f, err := s.fsys.Open(at)
	if err != nil {
		return yield(nil, []Lint{{FileUnreadable, at, []string{err.Error()}}})
	}
	defer f.Close()
	r := NewTransactionReader(f, at)
	for ctx.Err() == nil {
		t, found, err := r.Next()
		if errors.Is(err, io.EOF) {
			return len(found) == 0 || yield(nil, found)
		}
		if err != nil {
			return yield(nil, append(found, Lint{FileUnreadable, at, []string{err.Error()}}))
		}
		if !yield(t, found) {
			return false
		}
	}
	return false
}

// TransactionReader reads the entries of one transaction file.
type TransactionReader struct {
	in     *bufio.Reader
	file   string
	offset int64
	head   []byte // the header line read ahead, with its offset
	headAt int64
	begun  bool
	t      Transaction
	body   []byte
}

// NewTransactionReader reads from in; file is only repeated.
func NewTransactionReader(in io.Reader, file string) *TransactionReader {
	return &TransactionReader{in: bufio.NewReaderSize(in, 64<<10), file: file}
}

// Next gives the next entry, valid until the one after. The error is io.EOF at
// the end, or the reader's. An entry whose header cannot be understood is
// passed over and becomes a lint of the one that follows, or of io.EOF.
func (r *TransactionReader) Next() (*Transaction, []Lint, error) {
	var l lints
	if !r.begun {
		r.begun = true
		junk, err := r.skip(nil)
		if junk > 0 {
			l.add(TransactionJunk, r.file, strconv.FormatInt(junk, 10))
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, l, err
		}
	}
	for r.head != nil {
		head, at := string(r.head), r.headAt
		r.body = r.body[:0]
		long := false
		_, err := r.skip(func(part []byte) {
			if len(r.body)+len(part) > MaxTransaction {
				long = true
				return
			}
			r.body = append(r.body, part...)
		})
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, l, err
		}
		if long {
			l.add(TransactionLong, r.file, strconv.Itoa(MaxTransaction))
			continue
		}
		t, ok := parseHeader(head)
		if !ok {
			l.add(TransactionHead, r.file, head[:min(len(head), 200)])
			continue
		}
		t.Message, t.File, t.Offset = bytes.TrimLeft(r.body, "\r\n"), r.file, at
		r.t = t
		return &r.t, l, nil
	}
	return nil, l, io.EOF
}

// skip reads up to the next header line, which it keeps, and gives what
// stands before it to part. Lines may end with CR, LF or both.
func (r *TransactionReader) skip(part func([]byte)) (int64, error) {
	from := r.offset
	r.head = nil
	for {
		line, err := r.line()
		if i := headerIn(line); i >= 0 {
			if part != nil && i > 0 {
				part(line[:i])
			}
			r.headAt = r.offset - int64(len(line)-i)
			r.head = bytes.Clone(bytes.TrimRight(line[i:min(len(line), i+1024)], "\r\n"))
			return r.headAt - from, err
		}
		if part != nil {
			part(line)
		}
		if err != nil {
			return r.offset - from, err
		}
	}
}

// headerIn gives where a header begins in a line: at its start, or behind a
// message whose writer left the last line end out; -1 for nowhere.
func headerIn(line []byte) int {
	i := bytes.Index(line, []byte(transactionMark))
	if i > 0 {
		if _, ok := parseHeader(string(line[i:min(len(line), i+1024)])); !ok {
			return -1
		}
	}
	return i
}

// line reads up to and with the next CR or LF, or what fits in the buffer.
func (r *TransactionReader) line() ([]byte, error) {
	n := 0
	for {
		have, err := r.in.Peek(max(n+1, r.in.Buffered()))
		if i := bytes.IndexAny(have[n:], "\r\n"); i >= 0 {
			return r.take(n + i + 1)
		}
		n = len(have)
		switch {
		case errors.Is(err, bufio.ErrBufferFull), n >= r.in.Size():
			return r.take(n)
		case err != nil:
			line, _ := r.take(n)
			return line, err
		}
	}
}

// take consumes n bytes. The slice is the buffer's own, good until the next
// read.
func (r *TransactionReader) take(n int) ([]byte, error) {
	line, err := r.in.Peek(n)
	if err == nil {
		_, err = r.in.Discard(n)
	}
	r.offset += int64(n)
	return line, err
}

// parseHeader reads #SSMIX,version,facility,patient,date,type,order,INS,dept,time.
func parseHeader(line string) (Transaction, bool) {
	f := strings.Split(line, ",")
	if len(f) < 10 {
		return Transaction{}, false
	}
	for i := range f {
		f[i] = strings.TrimSpace(f[i])
	}
	t := Transaction{Version: f[1], Facility: f[2], Name: Name{Patient: f[3], Date: f[4], Kind: f[5], Order: f[6], Dept: f[8], Sent: f[9], Flag: Valid}}
	switch strings.ToUpper(f[7]) {
	case "INS":
	case "DEL":
		t.Delete, t.Name.Flag = true, Invalid
	default:
		return Transaction{}, false
	}
	if !patientID(t.Name.Patient) || !isDate(t.Name.Date) || t.Name.Kind == "" || len(t.Name.Sent) < 14 || len(t.Name.Sent) > 17 || !allDigits(t.Name.Sent) {
		return Transaction{}, false
	}
	t.Name.Sent = fillTime(t.Name.Sent)
	return t, true
}
