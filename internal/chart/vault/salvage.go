package vault

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"

	"filippo.io/age"
	"golang.org/x/crypto/chacha20poly1305"
)

// salvaged reads what is left of a sealed file whose end is missing or damaged.
// age.DecryptReaderAt wants the last piece first; a stick that was pulled, or one
// bad sector there, would cost every file of the pack. The pieces of an age file
// (age-encryption.org/v1, "Payload": 64 KiB of ChaCha20-Poly1305 with a counter and
// a mark of the last as nonce) are sealed one by one, so that each that is whole
// can be read. It is for several goroutines.
type salvaged struct {
	src    io.ReaderAt
	aead   cipher.AEAD
	start  int64 // of the first piece
	pieces int64 // that there were
	size   int64 // plain, as it was
}

const (
	pieceSize  = 64 << 10
	sealedSize = pieceSize + chacha20poly1305.Overhead
	nonceSize  = 16 // of the payload
)

var errPiece = errors.New("vault: a piece of the sealed file is damaged")

// salvage opens a file of which the manifest says that it had so many bytes. The
// head must be whole: it holds the key.
func salvage(src io.ReaderAt, bytesOnce int64, ids ...age.Identity) (*salvaged, error) {
	head, err := age.ExtractHeader(io.NewSectionReader(src, 0, bytesOnce))
	if err != nil {
		return nil, err
	}
	secret, err := age.DecryptHeader(head, ids...)
	if err != nil {
		return nil, err
	}
	// The detached header is the one in the file, byte by byte, or age would have
	// refused its MAC.
	at := int64(len(head))
	var nonce [nonceSize]byte
	if err := readAll(src, nonce[:], at); err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, secret, nonce[:], "payload", chacha20poly1305.KeySize)
	if err != nil {
		return nil, err
	}
	s := &salvaged{src: src, start: at + nonceSize}
	if s.aead, err = chacha20poly1305.New(key); err != nil {
		return nil, err
	}
	payload := bytesOnce - s.start
	s.pieces = (payload + sealedSize - 1) / sealedSize
	s.size = payload - s.pieces*chacha20poly1305.Overhead
	if payload < chacha20poly1305.Overhead || s.size < 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return s, nil
}

// ReadAt is io.ReaderAt. It gives what stands before the first damaged piece.
func (s *salvaged) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, errPiece
	}
	for n < len(p) {
		if off >= s.size {
			return n, io.EOF
		}
		plain, err := s.piece(off / pieceSize)
		if err != nil {
			return n, err
		}
		part := copy(p[n:], plain[min(off%pieceSize, int64(len(plain))):])
		if part == 0 {
			return n, errPiece
		}
		n, off = n+part, off+int64(part)
	}
	return n, nil
}

func (s *salvaged) piece(at int64) ([]byte, error) {
	buf := make([]byte, sealedSize)
	n, err := s.src.ReadAt(buf, s.start+at*sealedSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	var nonce [chacha20poly1305.NonceSize]byte
	binary.BigEndian.PutUint64(nonce[3:], uint64(at)) // 11 bytes of counter, one of the mark
	if at == s.pieces-1 {
		nonce[len(nonce)-1] = 1
		n = min(n, int(s.size-at*pieceSize)+chacha20poly1305.Overhead) // behind it may stand anything
	}
	plain, err := s.aead.Open(buf[:0], nonce[:], buf[:n], nil)
	if err != nil {
		return nil, errPiece
	}
	return plain, nil
}
