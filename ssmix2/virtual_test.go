package ssmix2_test

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/ssmix2"
)

// endlessStore is a standard storage that exists nowhere: patients × 100
// files, made when they are asked for.
type endlessStore struct{ patients int }

type made struct {
	name string
	dir  bool
	kids func(i int) (string, bool)
	n    int
	next int
}

func (e endlessStore) Open(name string) (fs.File, error) {
	level := strings.Count(name, "/") + 1
	if name == "." {
		level = 0
	}
	m := &made{name: name[strings.LastIndexByte(name, '/')+1:], dir: true}
	full := strings.ReplaceAll(name[:min(len(name), 7)], "/", "")
	switch level {
	case 0, 1:
		m.n, m.kids = 100, func(i int) (string, bool) { return fmt.Sprintf("%03d", i), true }
	case 2:
		m.n, m.kids = e.patients/10000, func(i int) (string, bool) { return fmt.Sprintf("%s%04d", full, i), true }
	case 3:
		m.n, m.kids = 10, func(i int) (string, bool) { return fmt.Sprintf("202504%02d", i+1), true }
	case 4:
		m.n, m.kids = 1, func(int) (string, bool) { return "OMP-01", true }
	case 5:
		id, date := name[8:18], name[19:27]
		m.n, m.kids = 10, func(i int) (string, bool) {
			return fmt.Sprintf("%s_%s_OMP-01_%015d_20250401083000000_01_1", id, date, i), false
		}
	default:
		m.dir = false
	}
	return m, nil
}

func (m *made) Stat() (fs.FileInfo, error) { return m, nil }
func (m *made) Read([]byte) (int, error)   { return 0, io.EOF }
func (m *made) Close() error               { return nil }
func (m *made) Name() string               { return m.name }
func (m *made) Size() int64                { return 0 }
func (m *made) ModTime() time.Time         { return time.Time{} }
func (m *made) IsDir() bool                { return m.dir }
func (m *made) Sys() any                   { return nil }
func (m *made) Mode() fs.FileMode {
	if m.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

func (m *made) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 {
		n = m.n
	}
	var out []fs.DirEntry
	for ; m.next < m.n && len(out) < n; m.next++ {
		name, dir := m.kids(m.next)
		out = append(out, fs.FileInfoToDirEntry(&made{name: name, dir: dir}))
	}
	if len(out) == 0 {
		return nil, io.EOF
	}
	return out, nil
}

// BenchmarkWalkVirtual walks stores of 1 and 20 million files that take no
// disk, and reports the most memory that was in use.
//
//	go test -run '^$' -bench WalkVirtual -benchtime 1x ./ssmix2
func BenchmarkWalkVirtual(b *testing.B) {
	for _, patients := range []int{10_000, 200_000} {
		b.Run(fmt.Sprintf("%dM", patients*100/1_000_000), func(b *testing.B) {
			s := open(b, endlessStore{patients})
			most, files := uint64(0), 0
			for b.Loop() {
				n := 0
				for v, err := range s.Walk(context.Background(), ssmix2.WalkOptions{Workers: 4}) {
					if err != nil {
						b.Fatal(err)
					}
					files += len(v.Listing.Records)
					if n++; n%5000 == 0 {
						var m runtime.MemStats
						runtime.ReadMemStats(&m)
						most = max(most, m.HeapInuse)
					}
				}
				if n != patients {
					b.Fatalf("%d patients", n)
				}
			}
			b.ReportMetric(float64(files)/b.Elapsed().Seconds(), "files/s")
			b.ReportMetric(float64(most)/(1<<20), "MiB-most")
		})
	}
}

// BenchmarkListLarge lists a patient with 40,000 messages.
func BenchmarkListLarge(b *testing.B) {
	var paths []string
	for i := range 40_000 {
		paths = append(paths, file("", "0000000001", fmt.Sprintf("2025%02d%02d", i%12+1, i%28+1), "OMP-01", fmt.Sprintf("%015d", i), "20250401083000000", "01", "1"))
	}
	s := open(b, tree(paths...))
	p, _, err := s.Find(context.Background(), "1")
	if err != nil {
		b.Fatal(err)
	}
	var l *ssmix2.Listing
	b.Run("Resolve", func(b *testing.B) {
		if l, err = s.List(context.Background(), p[0]); err != nil || len(l.Records) != 40_000 {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if items, _ := ssmix2.Resolve(l.Records); len(items) != 40_000 {
				b.Fatal(len(items))
			}
		}
	})
}
