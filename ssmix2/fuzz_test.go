package ssmix2_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/torideproject/toride/ssmix2"
)

// FuzzNames reads any string as a name, a document type and a path.
func FuzzNames(f *testing.F) {
	for _, s := range []string{"0000000001_20111220_OMP-01_000000011000185_20111220224603984_01_1", "a_-_b_c_20111220224603_1", "^経過記録^^11506-3^経過記録^LN", "\x8c\x6f", "________"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, found, ok := ssmix2.ParseName(s)
		if ok && len(found) == 0 && n.String() != s && strings.Count(s, "_") == 6 && n.Dept != "" {
			t.Fatalf("%q became %q", s, n.String())
		}
		if ok {
			again, _, good := ssmix2.ParseName(n.String())
			if n.Order != "" && (!good || again.Patient != n.Patient || again.Flag != n.Flag) {
				t.Fatalf("%q became %+v", n.String(), again)
			}
		}
		ssmix2.ParseDocType(s)
		if r, ok := ssmix2.RepairName(s); ok && !utf8.ValidString(r) {
			t.Fatalf("%q", r)
		}
		if p, ok := ssmix2.PatientPath(s); ok && (!fs.ValidPath(p) || strings.Count(p, "/") != 2) {
			t.Fatalf("%q is the path %q", s, p)
		}
	})
}

// FuzzTransactions reads any bytes as a transaction file: no byte of a message
// is given twice, and offsets rise.
func FuzzTransactions(f *testing.F) {
	f.Add([]byte("x\r#SSMIX,2.00,1,0000000001,-,ADT-00,1,INS,-,20250401000000000\rMSH|1\r#SSMIX,2.00,1,0000000001,-,ADT-00,1,DEL,-,20250401000000000\nMSH|2"))
	f.Add([]byte("#SSMIX,"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := ssmix2.NewTransactionReader(bytes.NewReader(b), "f")
		replay := &ssmix2.Replay{}
		at, total := int64(-1), 0
		for {
			tr, _, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil || tr.Offset <= at || !bytes.HasPrefix(b[tr.Offset:], []byte("#SSMIX,")) {
				t.Fatalf("%v at %d after %d", err, tr.Offset, at)
			}
			at = tr.Offset
			total += len(tr.Message)
			replay.Apply(tr)
		}
		if total > len(b) || replay.Len() > len(b) {
			t.Fatalf("%d bytes of %d", total, len(b))
		}
	})
}

// FuzzIndex reads any text as an export of the index database.
func FuzzIndex(f *testing.F) {
	f.Add("PatientID\tOrderDate\n1\t-\n")
	f.Add("STD01,2212345678,0000000001,20250401,OMP-01,1,INS,01,20250401083000000,000\\000,x_1,\n\"")
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ssmix2.NewIndexReader(strings.NewReader(s))
		if err != nil {
			return
		}
		for {
			row, err := r.Next()
			if err != nil {
				return
			}
			if strings.Contains(row.File, "/") || strings.Contains("/"+row.Dir+"/", "/../") {
				t.Fatalf("%+v", row)
			}
		}
	})
}

// FuzzArchive indexes any bytes as TAR and ZIP and walks what is in them.
func FuzzArchive(f *testing.F) {
	f.Add(tarOf(f, map[string]string{"a/b": "x", "../c": "y"}))
	f.Add(zipOf(f, map[string]string{"a/b": "x", "a\\c": "y"}))
	f.Fuzz(func(t *testing.T, b []byte) {
		var all []*ssmix2.Archive
		if a, _ := ssmix2.NewTar(bytes.NewReader(b), int64(len(b))); a != nil {
			all = append(all, a)
		}
		if r, err := zip.NewReader(bytes.NewReader(b), int64(len(b))); err == nil {
			if a, err := ssmix2.NewZip(r); err == nil {
				all = append(all, a)
			}
		}
		for _, a := range all {
			err := fs.WalkDir(a, ".", func(p string, e fs.DirEntry, err error) error {
				if err != nil || !fs.ValidPath(p) {
					return err
				}
				file, err := a.Open(p)
				if err != nil {
					return nil // a ZIP may name a method that is not known
				}
				// Damaged content is an error here, and nothing worse.
				_, _ = io.CopyN(io.Discard, file, 1000)
				_ = file.Close()
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}
