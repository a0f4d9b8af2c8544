package browsertest

import (
	"fmt"
	"os"
	"sync"
	"testing"
)

// One is the Chromium of a whole test binary: starting it costs more processor
// time than most tests. Each Page still has cookies and storage of its own;
// what Axe has seen is shared. The zero value is ready. In a package:
//
//	var chromium browsertest.One
//
//	func TestMain(m *testing.M) { os.Exit(chromium.Main(m)) }
type One struct {
	once sync.Once
	b    *Browser
	stop func()
	dir  string
	err  error
}

// Main runs the tests and ends the browser. It gives the code to exit with.
func (o *One) Main(m *testing.M) int {
	code := m.Run()
	if err := o.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// Start gives the browser, started at the first call. Where there is none, the
// test is skipped, or fails when the environment variable CI is set.
func (o *One) Start(t testing.TB) *Browser {
	t.Helper()
	path, axe := installed(t), readAxe(t)
	o.once.Do(func() {
		if o.dir, o.err = os.MkdirTemp("", "toride-chromium-"); o.err == nil {
			o.b, o.stop, o.err = start(path, o.dir, axe)
		}
	})
	if o.err != nil {
		t.Fatal(o.err)
	}
	return o.b
}

// Close ends the browser and removes its profile.
func (o *One) Close() error {
	if o.stop != nil {
		o.stop()
	}
	if o.dir == "" {
		return nil
	}
	return os.RemoveAll(o.dir)
}
