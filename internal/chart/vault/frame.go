package vault

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"

	"github.com/torideproject/toride/internal/fault"
)

// A sealed file is one age file whose content is frames, one behind the other:
// compressed length and plain length (4 bytes each, little endian), then a
// zstd frame. A frame is found by its place alone.
const (
	frameHead = 8
	// frameFull is when a frame of small files is closed, frameEnough when it
	// is closed if another patient begins: a reader of one patient unpacks
	// little that he does not need, and the frames still compress.
	frameFull   = 256 << 10
	frameEnough = 64 << 10
	// maxFrame is the most a frame holds: a larger file takes several.
	maxFrame = 1 << 20
)

// File names a file of the vault as it lies on the medium, sealed or not.
type File struct {
	Name   string `json:"name"`   // below the vault's folder, with slashes
	Bytes  int64  `json:"bytes"`  // on the medium
	SHA256 string `json:"sha256"` // of the bytes on the medium, hexadecimal
}

// sealing is a sealed file being written.
type sealing struct {
	name  string
	file  diskFile
	buf   *bufio.Writer
	sum   hash.Hash
	bytes int64
	plain int64 // where the next frame begins
	age   io.WriteCloser
	enc   *zstd.Encoder
	out   []byte
}

// newEncoder makes an encoder that does its work in the caller's goroutine.
func newEncoder() (*zstd.Encoder, error) {
	return zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderCRC(false), zstd.WithWindowSize(maxFrame))
}

func newSealing(d disk, name string, enc *zstd.Encoder, to ...age.Recipient) (*sealing, error) {
	f, err := d.Create(name)
	if err != nil {
		return nil, err
	}
	s := &sealing{name: name, file: f, sum: sha256.New(), enc: enc}
	s.buf = bufio.NewWriterSize(onMedium{s}, 256<<10)
	if s.age, err = age.Encrypt(s.buf, to...); err != nil {
		_ = f.Close()
		return nil, err
	}
	return s, nil
}

// onMedium counts and hashes what goes to the medium.
type onMedium struct{ s *sealing }

func (w onMedium) Write(p []byte) (int, error) {
	n, err := w.s.file.Write(p)
	w.s.sum.Write(p[:n])
	w.s.bytes += int64(n)
	return n, err
}

// frame writes one frame and gives its place.
func (s *sealing) frame(plain []byte) (int64, error) {
	s.out = append(s.out[:0], make([]byte, frameHead)...)
	s.out = s.enc.EncodeAll(plain, s.out)
	binary.LittleEndian.PutUint32(s.out, uint32(len(s.out)-frameHead))
	binary.LittleEndian.PutUint32(s.out[4:], uint32(len(plain)))
	at := s.plain
	if _, err := s.age.Write(s.out); err != nil {
		return 0, err
	}
	s.plain += int64(len(s.out))
	return at, nil
}

// close ends the file and makes its content durable.
func (s *sealing) close() (File, error) {
	err := s.age.Close()
	if err == nil {
		err = s.buf.Flush()
	}
	if err == nil {
		err = s.file.Sync()
	}
	if err = errors.Join(err, s.file.Close()); err != nil {
		return File{}, err
	}
	return File{Name: s.name, Bytes: s.bytes, SHA256: hex.EncodeToString(s.sum.Sum(nil))}, nil
}

// abandon closes the file as it is.
func (s *sealing) abandon() { _ = s.file.Close() }

// unsealed is a sealed file opened for reading at any place. It may be used by
// several goroutines.
type unsealed struct {
	name string
	file diskFile
	at   io.ReaderAt
	size int64 // plain
}

// openSealed reads the head and the last 64 KiB of a sealed file. A file sealed
// for another key is "vault.key.wrong". Of one that has another length than the
// manifest says, or whose end is damaged, what is whole can be read, and the rest
// is "vault.damaged" when it is read; without its head all of it is.
func openSealed(d disk, want File, keyID string, ids ...age.Identity) (*unsealed, error) {
	f, err := d.Open(want.Name)
	if err != nil {
		return nil, readFault(err, want.Name)
	}
	size, err := f.Size()
	if err == nil && size != want.Bytes {
		err = fmt.Errorf("vault: %d bytes instead of %d", size, want.Bytes)
	}
	u := &unsealed{name: want.Name, file: f}
	if err == nil {
		u.at, u.size, err = age.DecryptReaderAt(f, size, ids...)
	}
	if _, other := errors.AsType[*age.NoIdentityMatchError](err); err != nil && !other {
		if s, again := salvage(f, want.Bytes, ids...); again == nil {
			u.at, u.size, err = s, s.size, nil
		} else if _, other := errors.AsType[*age.NoIdentityMatchError](again); other {
			err = again
		}
	}
	if err != nil {
		_ = f.Close()
		if _, other := errors.AsType[*age.NoIdentityMatchError](err); other {
			return nil, fault.New(fault.Denied, "vault.key.wrong", keyID).With(err)
		}
		return nil, readFault(err, want.Name)
	}
	return u, nil
}

func (u *unsealed) close() error { return u.file.Close() }

var errFrame = errors.New("vault: the frame is not whole")

// frame reads the frame at a place and gives where the next one begins. The
// sizes in its head are taken from the file but bounded: at most 1 MiB plain.
func (u *unsealed) frame(dec *zstd.Decoder, at int64) (plain []byte, next int64, err error) {
	var head [frameHead]byte
	if at < 0 || at > u.size-frameHead {
		return nil, 0, readFault(errFrame, u.name)
	}
	if err := readAll(u.at, head[:], at); err != nil {
		return nil, 0, readFault(err, u.name)
	}
	packed, full := int64(binary.LittleEndian.Uint32(head[:])), int64(binary.LittleEndian.Uint32(head[4:]))
	next = at + frameHead + packed
	if full > maxFrame || packed > maxFrame+maxFrame/64+64 || next > u.size {
		return nil, 0, readFault(errFrame, u.name)
	}
	in := make([]byte, packed)
	if err := readAll(u.at, in, at+frameHead); err != nil {
		return nil, 0, readFault(err, u.name)
	}
	plain, err = dec.DecodeAll(in, make([]byte, 0, full))
	if err == nil && int64(len(plain)) != full {
		err = errFrame
	}
	if err != nil {
		return nil, 0, readFault(err, u.name)
	}
	return plain, next, nil
}

func newDecoder() (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxMemory(maxFrame), zstd.WithDecoderLowmem(true))
}

func readAll(r io.ReaderAt, p []byte, at int64) error {
	n, err := r.ReadAt(p, at)
	if n == len(p) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
