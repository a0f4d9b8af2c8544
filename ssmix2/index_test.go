package ssmix2_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/japanese"

	"github.com/torideproject/toride/ssmix2"
)

func rows(in string) (got []string, found []ssmix2.Code, err error) {
	r, err := ssmix2.NewIndexReader(strings.NewReader(in))
	if err != nil {
		return nil, nil, err
	}
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return got, codes(r.Lints()), nil
		}
		if err != nil {
			return got, codes(r.Lints()), err
		}
		got = append(got, fmt.Sprintf("%s %s %v %s/%s", row.Volume, row.Name, row.Delete, row.Dir, row.File))
	}
}

func TestIndexReader(t *testing.T) {
	t.Parallel()
	const head = "VolumeLabel,FacilityID,PatientID,OrderDate,DataKind,OrderNo,ProcessingType,EnterOrgCD,TransactionDatetime,OutRelDirectory,FileName,UpdateDatetime\r\n"
	const row = `STD01,2212345678,0000000001,20250401,OMP-01,1,INS,01,20250401083000000,000\000\0000000001\20250401\OMP-01,0000000001_20250401_OMP-01_1_20250401083000000_01_1,2025-04-01 08:30:00` + "\r\n"
	const want = "STD01 0000000001_20250401_OMP-01_1_20250401083000000_01_1 false 000/000/0000000001/20250401/OMP-01/0000000001_20250401_OMP-01_1_20250401083000000_01_1"
	sjis, err := japanese.ShiftJIS.NewEncoder().String(strings.Replace(row, "OMP-01,1", "^経過記録^,1", 1))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		in   string
		want []string
		bad  []ssmix2.Code
	}{
		"with names":    {head + row, []string{want}, nil},
		"with a mark":   {"\xEF\xBB\xBF" + head + row, []string{want}, nil},
		"without names": {row + row, []string{want, want}, nil},
		"tabs":          {strings.ReplaceAll(head+row, ",", "\t"), []string{want}, nil},
		"quoted, other order": {"\"FileName\",\"PatientID\",\"OrderDate\",\"DataKind\",\"OrderNo\",\"TransactionDatetime\",\"UniqueID\"\n\"x_1\",\"7\",\"-\",\"ADT-00\",\"9\",\"20250401083000\",\"77\"\n",
			[]string{" 7_-_ADT-00_9_20250401083000000_-_1 false /x_1"}, nil},
		"CP932":          {sjis, []string{strings.Replace(want, "OMP-01_1_2025", "^経過記録^_1_2025", 1)}, nil},
		"bad rows":       {head + "a,b\r\n" + strings.Replace(row, "000\\000", "..\\000", 1) + row, []string{want}, []ssmix2.Code{ssmix2.BadIndexRow, ssmix2.BadIndexRow}},
		"column missing": {"PatientID,DataKind\n1,ADT-00\n", nil, []ssmix2.Code{ssmix2.IndexColumns, ssmix2.BadIndexRow}},
		"deleted":        {strings.Replace(row, "INS", "DEL", 1), []string{strings.Replace(want, "false", "true", 1)}, nil},
	} {
		got, found, err := rows(c.in)
		if err != nil || !slices.Equal(got, c.want) || !slices.Equal(found, c.bad) {
			t.Errorf("%s: %q %v %v", name, got, found, err)
		}
	}
	if _, _, err := rows(""); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	if _, _, err := rows(head + "\"" + strings.Repeat("x", 3<<20)); !errors.Is(err, ssmix2.ErrTooLarge) {
		t.Errorf("a line without end: %v", err)
	}
}
