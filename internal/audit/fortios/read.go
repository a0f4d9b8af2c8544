package fortios

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/torideproject/toride/internal/fault"
)

// meter counts and hashes the bytes of the file and stops at MaxSize.
type meter struct {
	r    io.Reader
	sum  hash.Hash
	size int64
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.size += int64(n)
	m.sum.Write(p[:n])
	if m.size > MaxSize {
		return 0, fault.New(fault.TooLarge, "audit.file.too_large", MaxSize>>20)
	}
	return n, err
}

// Read reads a configuration. The redacted copy goes to w line by line, with
// the same line numbers as the file; w may be io.Discard. Errors are faults
// with keys audit.file.*: other makers' files, encrypted backups, files over a
// limit. A file that ends too early is not an error; see Config.Missing.
// Time grows with the size of the file, memory too, within the limits above.
func Read(r io.Reader, w io.Writer) (*Config, error) {
	m := &meter{r: r, sum: sha256.New()}
	in := bufio.NewReaderSize(m, 64<<10)
	head, err := in.Peek(32 << 10)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	utf16 := bytes.HasPrefix(head, []byte{0xFF, 0xFE}) || bytes.HasPrefix(head, []byte{0xFE, 0xFF})
	if utf16 {
		decoder := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder()
		in = bufio.NewReaderSize(transform.NewReader(in, decoder), 64<<10)
		if head, err = in.Peek(32 << 10); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
	}
	if err := refuse(head); err != nil {
		return nil, err
	}
	p := newParser(w)
	if err := p.all(in); err != nil {
		return nil, err
	}
	p.finish()
	p.c.Size, p.c.SHA256 = m.size, hex.EncodeToString(m.sum.Sum(nil))
	if utf16 {
		p.c.Encoding = UTF16
	}
	return p.c, nil
}

// all reads line by line.
func (p *parser) all(in *bufio.Reader) error {
	sjis := japanese.ShiftJIS.NewDecoder()
	for {
		raw, err := readLine(in)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if err != nil && len(raw) == 0 {
			return p.out.Flush()
		}
		if p.c.Lines++; p.c.Lines > MaxLines {
			return fault.New(fault.TooLarge, "audit.file.too_many", MaxLines)
		}
		if p.c.Lines == 1 {
			raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
		}
		if err := p.line(p.decode(raw, sjis)); err != nil {
			return err
		}
	}
}

// readLine reads one line without its end. It gives io.EOF together with the
// last line when the file does not end in a newline.
func readLine(in *bufio.Reader) ([]byte, error) {
	part, err := in.ReadSlice('\n')
	if err == nil || errors.Is(err, io.EOF) {
		return bytes.TrimRight(part, "\r\n"), err
	}
	var long []byte
	for errors.Is(err, bufio.ErrBufferFull) {
		if long = append(long, part...); len(long) > maxLine {
			return nil, fault.New(fault.TooLarge, "audit.file.long_line", maxLine>>20)
		}
		part, err = in.ReadSlice('\n')
	}
	return bytes.TrimRight(append(long, part...), "\r\n"), err
}

// decode makes a string of a line: UTF-8 where it is valid, else Shift_JIS. It
// must come before the line is cut into words, because the second byte of a
// Shift_JIS letter can be a backslash.
func (p *parser) decode(raw []byte, sjis *encoding.Decoder) string {
	if ascii(raw) {
		return string(raw)
	}
	if utf8.Valid(raw) {
		p.seenUTF8 = true
		return string(raw)
	}
	p.seenSJIS = true
	out, err := sjis.Bytes(raw)
	if err != nil {
		return strings.ToValidUTF8(string(raw), "�")
	}
	return string(out)
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}
