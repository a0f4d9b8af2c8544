package access

import "testing"

func TestParseRange(t *testing.T) {
	t.Parallel()
	f := func(in, want, mask string) {
		t.Helper()
		r, err := ParseRange(in)
		if err != nil || r.String() != want {
			t.Errorf("%q: %q %v", in, r, err)
			return
		}
		if got, _ := r.Mask(); got != mask {
			t.Errorf("%q: mask %q, want %q", in, got, mask)
		}
	}
	f("192.0.2.10", "192.0.2.10", "192.0.2.10 255.255.255.255")
	f(" 192.0.2.10/24 ", "192.0.2.0/24", "192.0.2.0 255.255.255.0")
	f("192.0.2.10/32", "192.0.2.10", "192.0.2.10 255.255.255.255")
	f("10.0.0.0/8", "10.0.0.0/8", "10.0.0.0 255.0.0.0")
	f("192.0.2.10-192.0.2.20", "192.0.2.10-192.0.2.20", "")
	f("192.0.2.10 - 192.0.2.10", "192.0.2.10-192.0.2.10", "")
	bad := func(in string) {
		t.Helper()
		if _, err := ParseRange(in); !Because(err, BadAddress) {
			t.Errorf("%q: %v", in, err)
		}
	}
	for _, s := range []string{
		"", "all", "any", "0.0.0.0", "0.0.0.0/0", "192.0.2.0/33", "192.0.2.20-192.0.2.10", "192.0.2", "192.0.2.256",
		"2001:db8::1", "::ffff:192.0.2.1", "192.0.2.1%eth0", "1-2-3", "192.0.2.1/", "-", "host.example.jp", "192.0.2.010",
	} {
		bad(s)
	}
}

func TestParseService(t *testing.T) {
	t.Parallel()
	f := func(in, want string) {
		t.Helper()
		if s, err := ParseService(in); err != nil || s.String() != want {
			t.Errorf("%q: %q %v", in, s, err)
		}
	}
	f("3389", "tcp/3389")
	f("TCP/22", "tcp/22")
	f("udp/161", "udp/161")
	f("tcp/8000-8010", "tcp/8000-8010")
	for _, s := range []string{"", "0", "65536", "tcp/", "icmp/1", "10-5", "1-65535", "-1", "all", "22,23", "000022", "tcp/1-2-3"} {
		if _, err := ParseService(s); !Because(err, BadService) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("192.0.2.0/24")
	f.Add("tcp/22-23")
	f.Fuzz(func(t *testing.T, s string) {
		if r, err := ParseRange(s); err == nil {
			if again, err := ParseRange(r.String()); err != nil || again.String() != r.String() {
				t.Fatalf("%q: %q %v", s, r, err)
			}
		}
		if v, err := ParseService(s); err == nil {
			if again, err := ParseService(v.String()); err != nil || again != v {
				t.Fatalf("%q: %q %v", s, v, err)
			}
		}
	})
}
