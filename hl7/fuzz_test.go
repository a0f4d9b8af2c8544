package hl7_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/torideproject/toride/hl7"
)

func seeds(f *testing.F) {
	for _, s := range []string{
		head + "PID|||1||\x1b$BB@O:\x1b(B^\x1b(I6]\x1b(B|||M\r\x1c", head + "OBX|1|TX|||\x8d\x82\x8b\xb4\nmore\r", "\xFF\xFEM\x00S\x00H\x00|\x00\r\x00P\x00I\x00D\x00",
		head + `NTE|1||\X1B2442\\M2442\B@\C2842\\.br\` + "\r\n", "\xEF\xBB\xBF" + head + "PID|髙\n", "PID|\x8e\xb1\x8f\xb0\xa1", "MSH|\rPID|1", "MSH$%*!@$HIS\rPID$1%2",
	} {
		f.Add([]byte(s))
	}
}

// FuzzParse reads any bytes and asks for everything.
func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1<<16 {
			return
		}
		for cs := hl7.Auto; cs <= hl7.UTF16BE; cs++ {
			var m hl7.Message
			if hl7.NewDecoder(hl7.Options{Charset: cs}).Decode(&m, b) != nil {
				continue
			}
			if !utf8.ValidString(m.Text()) || len(m.Text()) > 4*len(b)+4*m.Len() {
				t.Fatalf("%v: text %q", cs, m.Text())
			}
			at := 0
			for s := range m.Segments() {
				if s.Offset() < at || len(s.Bytes()) == 0 {
					t.Fatalf("segment %d at %d after %d", s.Index(), s.Offset(), at)
				}
				at = s.Offset() + len(s.Bytes())
				for n, v := range s.Fields() {
					if s.Field(n) != v {
						t.Fatal("a field changes")
					}
					ask(v)
				}
				hl7.TQ1Of(s)
			}
		}
	})
}

func ask(v hl7.Value) {
	v.All()
	hl7.TimeOf(v).In(time.UTC)
	hl7.Names(v)
	hl7.Staff(v)
	hl7.PatientID(v)
	for r := range v.Reps() {
		_ = hl7.CWEOf(r).Display()
		hl7.CQOf(r)
		hl7.RPTOf(r)
		hl7.XADOf(r)
		hl7.XTNOf(r)
		hl7.PLOf(r)
		hl7.SNOf(r)
		r.Comp(2).Sub(2).Text()
	}
}

// FuzzRoundTrip: what was read, written in UTF-8 and read again, is the same;
// and so it is in CP932 unless characters were replaced.
func FuzzRoundTrip(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := hl7.Parse(b)
		if err != nil || len(b) > 1<<16 {
			return
		}
		for _, cs := range []hl7.Charset{hl7.UTF8, hl7.ISO2022JP, hl7.CP932} {
			e := hl7.NewEncoder(hl7.EncodeOptions{Charset: cs, Vendor: true})
			out := e.AppendText(nil, m.Text())
			if len(e.Losses()) > 0 {
				continue
			}
			var again hl7.Message
			if err := hl7.NewDecoder(hl7.Options{Charset: cs}).Decode(&again, out); err != nil {
				t.Fatalf("%v: %v: %q", cs, err, out)
			}
			// Control characters at the ends are frames and are taken off.
			control := strings.ContainsAny(m.Text(), "\x00\x0b\x1a\x1c\x0e\x0f\x1b")
			if cs == hl7.UTF8 && !control && again.Text() != m.Text() {
				t.Fatalf("%q became %q", m.Text(), again.Text())
			}
		}
	})
}
