package shelf

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/chart/source/all"
	"github.com/torideproject/toride/ssmix2"
	"github.com/torideproject/toride/ssmix2/synth"
)

// The estimate is what charts take, to a quarter: of inpatients, of others, of a
// format whose rows share nothing, and of a patient of a dialysis unit with few
// messages and with many. It measures the heap and so runs alone.
func TestSizeOf(t *testing.T) {
	o := synth.Small(3)
	o.Patients, o.Beds = 16, 6
	h, err := synth.New(o)
	if err != nil {
		t.Fatal(err)
	}
	var inside, others []string
	lies := map[int]bool{}
	for _, i := range h.Census() {
		lies[i], inside = true, append(inside, h.ID(i))
	}
	for i := range h.Patients() {
		if !lies[i] {
			others = append(others, h.ID(i))
		}
	}
	measured(t, "inpatients", h.FS(), inside)
	measured(t, "others", h.FS(), others)
	measured(t, "FHIR", os.DirFS(filepath.Join("..", "source", "fhir", "testdata")), []string{"0001234567", "0007654321"})
	for _, messages := range []int{1, 10, 300} {
		measured(t, fmt.Sprint(messages, " messages"), dialysis(messages), []string{dialysisID})
	}
}

// measured compares the estimate of charts with the heap that they take.
func measured(t *testing.T, name string, fsys fs.FS, ids []string) {
	t.Helper()
	list, _, err := all.Open(t.Context(), fsys, source.Options{Name: "s1"})
	if err != nil || len(list) != 1 || len(ids) == 0 {
		t.Fatal(name, list, err)
	}
	times := max(1, 12/len(ids)) // one chart of a few kilobytes is not measured
	read := func() (out []*model.Chart) {
		for range times {
			for _, id := range ids {
				c, err := list[0].Read(t.Context(), id, source.Want{Today: model.DayOf(time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC))})
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, c)
			}
		}
		return out
	}
	read() // what is made once is there
	before := heap()
	charts := read()
	real, estimated := heap()-before, int64(0)
	for _, c := range charts {
		estimated += sizeOf(c)
	}
	n := int64(len(charts))
	t.Logf("%s: %d KB each, %d estimated", name, real/n>>10, estimated/n>>10)
	if estimated < real*3/4 || estimated > real*5/4 {
		t.Errorf("%s: a chart takes %d bytes, %d are estimated", name, real/n, estimated/n)
	}
	runtime.KeepAlive(charts)
	runtime.KeepAlive(list)
	runtime.KeepAlive(fsys)
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

const dialysisID = "0000000123"

// dialysis is a patient with a message of 29 results every day.
func dialysis(messages int) fs.FS {
	files := fstest.MapFS{}
	for i := range messages {
		day := time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i).Format("20060102")
		order := fmt.Sprintf("%015d", i+1)
		var b strings.Builder
		fmt.Fprintf(&b, "MSH|^~\\&|HIS|T|GW|R|%s103059||OUL^R22^OUL_R22|%d|P|2.5||||||UNICODE UTF-8\rPID|0001||%s^^^^PI||砦^花子^^^^^L^I||19470228|F\r", day, i, dialysisID)
		fmt.Fprintf(&b, "OBR|1|%s||E002^生化学的検査^99T41|||%s0630\r", order, day)
		for k := range 29 {
			fmt.Fprintf(&b, "OBX|%d|NM|3A%03d00000232710^検査項目%d^JC10^10%03d^項目%d^99T42||%d.%d|mg/dL^mg/dL^ISO+|%d.0-%d.5|N|||F|||%s0630\r",
				k+1, k*7, k, k, k, (i*31+k*17)%400, (i+k)%10, 30+k, 60+k, day)
		}
		name := ssmix2.Name{Patient: dialysisID, Date: day, Kind: "OML-11", Order: order, Sent: day + "103059000", Dept: "01", Flag: '1'}
		files["2299999999/000/000/"+dialysisID+"/"+day+"/OML-11/"+name.String()] = &fstest.MapFile{Data: []byte(b.String())}
	}
	return files
}

// BenchmarkSizeOf estimates a chart of 8,700 results.
func BenchmarkSizeOf(b *testing.B) {
	list, _, err := all.Open(b.Context(), dialysis(300), source.Options{Name: "s1"})
	if err != nil {
		b.Fatal(err)
	}
	c, err := list[0].Read(b.Context(), dialysisID, source.Want{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		sizeOf(c)
	}
}
