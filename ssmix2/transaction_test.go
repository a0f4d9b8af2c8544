package ssmix2_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/torideproject/toride/ssmix2"
)

func TestTransactions_ReadsAllFilesInOrder(t *testing.T) {
	t.Parallel()
	head := func(op, sent string) string {
		return "#SSMIX,2.00,2212345678,0000000001,20250401,OMP-01,000000000000011," + op + ",01," + sent
	}
	fsys := fstest.MapFS{
		"T/2025/TR_20250402000000000_00001.DAT": {Data: []byte(head("DEL", "20250402000000000") + "\nMSH|3\n")},
		"T/2025/TR_20250401000000000_00001.DAT": {Data: []byte("junk\r" + head("INS", "20250401000000000") + "\rMSH|1\rPID|1\r\x1c" + head("INS", "20250401000001") + "\r\nMSH|2\r\n#SSMIX,broken\rMSH|x\r")},
		"T/2025/readme.txt":                     {Data: []byte("x")},
	}
	m := tree(file("S", "0000000001", "-", "ADT-00", nines, "20250401083000000", "-", "1"))
	for name, f := range m {
		fsys[name] = f
	}
	s := open(t, fsys)
	var got []string
	var found []ssmix2.Code
	for tr, l := range s.Transactions(context.Background(), s.Roots()[1]) {
		found = append(found, codes(l)...)
		if tr != nil {
			got = append(got, fmt.Sprintf("%v %s %s %q %d", tr.Delete, tr.Name.Sent, tr.Facility, tr.Message, tr.Offset))
		}
	}
	want := []string{`false 20250401000000000 2212345678 "MSH|1\rPID|1\r\x1c" 5`, `false 20250401000001000 2212345678 "MSH|2\r\n" 109`, `true 20250402000000000 2212345678 "MSH|3\n" 0`}
	if !slices.Equal(got, want) || !slices.Equal(found, []ssmix2.Code{ssmix2.TransactionJunk, ssmix2.TransactionHead}) {
		t.Errorf("%q\n%v", got, found)
	}
}

func TestTransactionReader_Bounds(t *testing.T) {
	t.Parallel()
	const head = "#SSMIX,2.00,1,0000000001,-,ADT-00,1,INS,-,20250401000000000\r"
	in := io.MultiReader(strings.NewReader(head), io.LimitReader(endless{}, ssmix2.MaxTransaction+100), strings.NewReader("\r"+head+"MSH|2"))
	r := ssmix2.NewTransactionReader(in, "f")
	tr, found, err := r.Next()
	if err != nil || string(tr.Message) != "MSH|2" || !slices.Equal(codes(found), []ssmix2.Code{ssmix2.TransactionLong}) {
		t.Fatalf("%+v %v %v", tr, found, err)
	}
	if _, _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// A storage kept by the rule of the specification (rename, then write), and
// the log of the same acts replayed, give the same names.
func TestReplay_GivesTheStateOfTheStorage(t *testing.T) {
	t.Parallel()
	for _, extended := range []bool{false, true} {
		rnd := rand.New(rand.NewPCG(1, 2))
		storage := map[string]ssmix2.Name{}
		replay := &ssmix2.Replay{Extended: extended}
		log := ""
		for i := range 500 {
			n := ssmix2.Name{Patient: fmt.Sprintf("%010d", rnd.IntN(5)), Date: "20250401", Kind: "OMP-01", Order: fmt.Sprintf("%015d", rnd.IntN(20)), Sent: fmt.Sprintf("20250401%09d", i), Dept: "01", Flag: '1'}
			op := "INS"
			if rnd.IntN(4) == 0 {
				op = "DEL"
			}
			keep(storage, n, op == "DEL", extended)
			log += strings.Join([]string{"#SSMIX", "2.00", "1", n.Patient, n.Date, n.Kind, n.Order, op, n.Dept, n.Sent}, ",") + "\rMSH|^~\\&\r"
		}
		r := ssmix2.NewTransactionReader(strings.NewReader(log), "log")
		for {
			tr, _, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			replay.Apply(tr)
		}
		var records []ssmix2.Record
		for _, n := range storage {
			records = append(records, ssmix2.Record{Name: n})
		}
		if missing, extra := replay.Difference(records); len(missing) > 0 || len(extra) > 0 || replay.Len() != len(storage) || len(storage) < 300 {
			t.Errorf("%d and %d names, missing %v, extra %v", replay.Len(), len(storage), missing, extra)
		}
		missing, extra := replay.Difference(records[1:])
		if !slices.Equal(missing, []string{records[0].Name.String()}) || len(extra) > 0 {
			t.Errorf("missing %v, extra %v", missing, extra)
		}
	}
	only := &ssmix2.Replay{Only: func(p string) bool { return p == "1" }}
	if l := only.Apply(&ssmix2.Transaction{Delete: true, Name: ssmix2.Name{Patient: "1"}}); !slices.Equal(codes(l), []ssmix2.Code{ssmix2.TransactionVoid}) {
		t.Errorf("%v", l)
	}
	if l := only.Apply(&ssmix2.Transaction{Delete: true, Name: ssmix2.Name{Patient: "2"}}); l != nil || only.Len() != 1 {
		t.Errorf("%v", l)
	}
}

// keep does to a storage what the specification says.
func keep(storage map[string]ssmix2.Name, n ssmix2.Name, del, extended bool) {
	for path, old := range storage {
		if old.Patient != n.Patient || old.Order != n.Order {
			continue
		}
		delete(storage, path)
		switch {
		case del:
			old.Flag = '0'
		case old.Flag == '1':
			old.Flag = '2'
		}
		storage[old.String()] = old
	}
	if del {
		if extended {
			return
		}
		n.Flag = '0'
	}
	storage[n.String()] = n
}
