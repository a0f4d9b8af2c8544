// Command testsum reads what `go test -json` prints and says what a person
// wants to know of it: the failures whole, the tests that were skipped, and
// the five slowest packages. With CI=true a skipped test is a failure, because
// nobody would look at it.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64
}

type summary struct {
	passed, failed int
	skipped        []string
	packages       map[string]float64
	output         map[string]*strings.Builder
	failedNames    []string
	failedPackages []string
}

func main() {
	s := summary{packages: map[string]float64{}, output: map[string]*strings.Builder{}}
	if err := s.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
		os.Exit(1)
	}
	if !s.print(os.Getenv("CI") == "true") {
		os.Exit(1)
	}
}

func (s *summary) read(r io.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			fmt.Println(lines.Text()) // a build error is plain text
			continue
		}
		s.take(e)
	}
	return lines.Err()
}

func (s *summary) take(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "output", "build-output":
		if s.output[key] == nil {
			s.output[key] = &strings.Builder{}
		}
		s.output[key].WriteString(e.Output)
	case "pass", "fail", "skip":
		if e.Test == "" {
			s.packages[e.Package] = e.Elapsed
			if e.Action == "fail" {
				s.failedPackages = append(s.failedPackages, key)
			}
			return
		}
		switch e.Action {
		case "pass":
			s.passed++
		case "fail":
			s.failed++
			s.failedNames = append(s.failedNames, key)
		case "skip":
			s.skipped = append(s.skipped, key)
		}
	case "build-fail":
		s.failed++
		s.failedNames = append(s.failedNames, key)
	}
}

// print reports whether all is well.
func (s *summary) print(ci bool) bool {
	for _, key := range append(s.failedNames, s.failedPackages...) {
		fmt.Println("FAIL", key)
		if out := s.output[key]; out != nil {
			fmt.Print(out)
		}
	}
	for _, key := range s.skipped {
		fmt.Println("SKIP", key)
	}
	fmt.Println("slowest packages:")
	names := slices.SortedFunc(maps.Keys(s.packages), func(a, b string) int {
		if s.packages[a] > s.packages[b] {
			return -1
		}
		return 1
	})
	for _, name := range names[:min(5, len(names))] {
		fmt.Printf("  %6.1f s  %s\n", s.packages[name], name)
	}
	fmt.Printf("%d passed, %d failed, %d skipped\n", s.passed, s.failed, len(s.skipped))
	return s.failed == 0 && len(s.failedPackages) == 0 && (!ci || len(s.skipped) == 0)
}
