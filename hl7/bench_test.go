package hl7_test

import (
	"testing"

	"github.com/torideproject/toride/hl7"
)

// BenchmarkDecode decodes the official samples into one Message.
//
//	go test -run '^$' -bench . -cpu 1 ./hl7
func BenchmarkDecode(b *testing.B) {
	var all [][]byte
	size := 0
	for _, data := range samples(b) {
		all = append(all, data)
		size += len(data)
	}
	d := hl7.NewDecoder(hl7.Options{})
	var m hl7.Message
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, data := range all {
			if err := d.Decode(&m, data); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(all)), "ns/message")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(size)*1024, "ns/KB")
}

// BenchmarkRead decodes the samples and reads what a list of patients needs.
func BenchmarkRead(b *testing.B) {
	var all [][]byte
	for _, data := range samples(b) {
		all = append(all, data)
	}
	d := hl7.NewDecoder(hl7.Options{})
	var m hl7.Message
	b.ReportAllocs()
	for b.Loop() {
		for _, data := range all {
			if err := d.Decode(&m, data); err != nil {
				b.Fatal(err)
			}
			pid := m.First("PID")
			kanji, kana := hl7.Names(pid.Field(5))
			if hl7.PatientID(pid.Field(3)) == "" || hl7.TimeOf(pid.Field(7)).Precision == 99 || kanji == kana {
				b.Fatal("nothing was read")
			}
			for s := range m.Segments() {
				_ = hl7.CWEOf(s.Field(3)).Display()
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(all)), "ns/message")
}

// BenchmarkWrite writes one sample anew.
func BenchmarkWrite(b *testing.B) {
	var m *hl7.Message
	for _, data := range samples(b) {
		if one, err := hl7.Parse(data); err == nil && (m == nil || len(one.Bytes()) > len(m.Bytes())) {
			m = one
		}
	}
	e := hl7.NewEncoder(hl7.EncodeOptions{})
	var out []byte
	b.SetBytes(int64(len(m.Bytes())))
	b.ReportAllocs()
	for b.Loop() {
		out = e.AppendMessage(out[:0], m)
	}
}
