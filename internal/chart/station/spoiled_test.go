package station_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/chart/station"
	"github.com/torideproject/toride/internal/ledger"
)

// TestOpen_DataThatWasSpoiledIsBegunAnew: whoever encrypted the records system
// may have been here, too. The pages open, and everybody is told.
func TestOpen_DataThatWasSpoiledIsBegunAnew(t *testing.T) {
	t.Parallel()
	noise := []byte(strings.Repeat("\x9e\x03no longer what it was", 400))
	for name, spoil := range map[string]func(dir string) (want []string, err error){
		"database encrypted": func(dir string) ([]string, error) {
			return []string{"state.db"}, os.WriteFile(filepath.Join(dir, "state.db"), noise, 0o600)
		},
		"database deleted": func(dir string) ([]string, error) {
			return []string{"state.db"}, os.Remove(filepath.Join(dir, "state.db"))
		},
		"a table encrypted": func(dir string) ([]string, error) {
			f, err := os.OpenFile(filepath.Join(dir, "state.db"), os.O_WRONLY, 0)
			if err != nil {
				return nil, err
			}
			defer f.Close()
			_, err = f.WriteAt(noise, 4096)
			return []string{"state.db"}, err
		},
		"key lost": func(dir string) ([]string, error) {
			return []string{"station.key"}, os.Remove(filepath.Join(dir, "station.key"))
		},
		"all encrypted": func(dir string) ([]string, error) {
			all := []string{"station.key", "state.db", "tls-cert.pem", "tls-key.pem"}
			for _, name := range append([]string{"index"}, all...) {
				if err := os.WriteFile(filepath.Join(dir, name), noise, 0o600); err != nil {
					return nil, err
				}
			}
			return all, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := serve(t, nil)
			r.stop()
			want, err := spoil(r.cfg.Data)
			if err != nil {
				t.Fatal(err)
			}
			r.start()
			got := slices.Sorted(slices.Values(r.Spoiled()))
			if slices.Sort(want); !slices.Equal(got, want) {
				t.Errorf("begun anew: %v, want %v", got, want)
			}
			n := 0
			if err := r.Book.Each(t.Context(), ledger.Query{Action: "station.renewed"}, func(ledger.Entry) error { n++; return nil }); err != nil || n != 1 {
				t.Errorf("%d lines of the ledger, %v", n, err)
			}
			b := r.browser()
			if !strings.Contains(b.get("/signin").body, want[0]) {
				t.Error("the page does not say it")
			}
			aside, err := filepath.Glob(filepath.Join(r.cfg.Data, "*.damaged-*"))
			if err != nil || strings.Contains(name, "encrypted") && len(aside) == 0 {
				t.Errorf("nothing was put aside: %v %v", aside, err)
			}
		})
	}
}

// TestOpen_WhatIsNewIsNotSpoiled: the first start of a station says nothing.
func TestOpen_WhatIsNewIsNotSpoiled(t *testing.T) {
	t.Parallel()
	r := serve(t, func(*station.Config) {})
	if got := r.Spoiled(); len(got) > 0 {
		t.Error(got)
	}
	r.stop()
	r.start()
	if got := r.Spoiled(); len(got) > 0 {
		t.Error(got)
	}
}
