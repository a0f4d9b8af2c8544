package audit

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/audit/check"
	"github.com/torideproject/toride/internal/text"
)

// File is a configuration that was read.
type File struct {
	ID          string
	Target      string // "line/ID", "asset/ID", or empty: not attached yet
	Name        string
	SHA256      string // of the original, which is not kept
	Size        int64
	Model       string
	Version     string
	Build       string
	Hostname    string
	Encoding    string
	Lines       int
	Redacted    int
	Missing     string // why it is not whole, or empty
	MissingLine int
	MissingOpen []string
	Unread      int
	Addresses   []string // of its interfaces, for finding the device
	ReadAt      time.Time
	ReadBy      string
	Results     []Result
}

// Device names the device to which the file belongs: its target, or model and
// host name while it is not attached.
func (f File) Device() string {
	if f.Target != "" {
		return f.Target
	}
	return "file/" + strings.ToLower(f.Model+"/"+f.Hostname)
}

// Result gives the result of a check.
func (f File) Result(id string) (Result, bool) {
	for _, r := range f.Results {
		if r.Check == id {
			return r, true
		}
	}
	return Result{}, false
}

// Count counts results with the verdict.
func (f File) Count(v check.Verdict) int {
	n := 0
	for _, r := range f.Results {
		if r.Verdict == v {
			n++
		}
	}
	return n
}

// Result is what one check found in one file.
type Result struct {
	Check    string           `json:"-"`
	Verdict  check.Verdict    `json:"-"`
	Severity check.Severity   `json:"-"`
	Say      text.Msg         `json:"say"`
	Evidence []check.Evidence `json:"evidence"`
	More     int              `json:"more"`
	Fix      []string         `json:"fix"`
	FixCut   bool             `json:"fix_cut,omitempty"`
}

// body is the stored form of the parts that no query asks for.
func (r Result) body() (string, error) {
	data, err := json.Marshal(r)
	return string(data), err
}

func (r *Result) setBody(s string) error {
	if err := json.Unmarshal([]byte(s), r); err != nil {
		return fmt.Errorf("audit: result: %w", err)
	}
	return nil
}

// Waiver puts a finding off.
type Waiver struct {
	ID     string
	Device string
	Check  string
	Reason string
	Until  string // last day on which it counts, 2006-01-02
	MadeAt time.Time
	MadeBy string
}

// Active reports whether the waiver counts on a day.
func (w Waiver) Active(today string) bool { return w.ID != "" && w.Until >= today }

// Finding is a failed check on the newest file of a device.
type Finding struct {
	File   File
	Result Result
	Cost   check.Cost
	Waiver Waiver // zero: none; it may have run out
}

// findings gives the failed checks of the newest files: what costs nothing
// first, then the worst.
func (a *Audit) findings(newest []File, waivers map[string]Waiver) []Finding {
	var out []Finding
	for _, f := range newest {
		for _, r := range f.Results {
			if r.Verdict != check.Fail {
				continue
			}
			one := Finding{File: f, Result: r, Waiver: waivers[f.Device()+"\x00"+r.Check]}
			if c := a.check(r.Check); c != nil {
				one.Cost = c.About().Cost
			}
			out = append(out, one)
		}
	}
	slices.SortStableFunc(out, func(x, y Finding) int {
		return cmp.Or(cmp.Compare(costOrder(x.Cost), costOrder(y.Cost)), cmp.Compare(x.Result.Severity, y.Result.Severity), cmp.Compare(x.File.Name, y.File.Name))
	})
	return out
}

func costOrder(c check.Cost) int {
	switch c {
	case check.Free:
		return 0
	case check.Contract:
		return 1
	}
	return 2
}
