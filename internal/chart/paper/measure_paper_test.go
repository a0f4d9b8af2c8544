//go:build measure && unix

package paper

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/torideproject/toride/ssmix2/synth"
)

// TestMeasure_MedicationListsOfAHospital prints the medication lists of all
// inpatients of a hospital with 865 beds as one PDF: time, size, pages and the
// most memory that the process took. The store is computed when it is read, so
// that the time holds the making of its messages too, and no disk.
func TestMeasure_MedicationListsOfAHospital(t *testing.T) {
	for _, form := range []string{"drugs", "summary", "beds"} {
		t.Run(form, func(t *testing.T) {
			o := synth.Small(1)
			o.Patients, o.Beds, o.Years = 2000, 865, 3
			m := open(t, o)
			job := jobFor(t, m, form)
			job.Everyone = true
			path := filepath.Join(t.TempDir(), "all.pdf")
			f, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			w := bufio.NewWriter(f)
			runtime.GC()
			debug.FreeOSMemory()
			before := resident(t, "VmRSS")
			begun, cpu := time.Now(), cpuTime(t)
			res, err := Write(t.Context(), w, job, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
			took, cpu := time.Since(begun), cpuTime(t)-cpu
			info, err := f.Stat()
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("MEASURE %s: %d patients, %d pages, %d bytes in %s (CPU %s); RSS before %s, peak of the process %s", form, res.Patients, res.Pages, info.Size(), took.Round(time.Millisecond), cpu.Round(time.Millisecond), before, resident(t, "VmHWM"))
			if dir := os.Getenv("PAPER_LOOK"); dir != "" {
				data, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, "all-"+form+".pdf"), data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func resident(t *testing.T, what string) string {
	t.Helper()
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "not known here"
	}
	for line := range strings.Lines(string(data)) {
		if name, value, ok := strings.Cut(line, ":"); ok && name == what {
			return strings.TrimSpace(value)
		}
	}
	return fmt.Sprintf("%s not given", what)
}
