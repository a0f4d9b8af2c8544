package ssmix2_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// heavy is the store of a patient of a dialysis unit: messages of 29 results
// each, one for each day, as laboratories send them.
func heavy(t testing.TB, messages int) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	put(files, "-", "ADT-00", "999999999999999", "20251003120000000", '1', message(t, "ADT-00"))
	first := time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range messages {
		day := first.AddDate(0, 0, i).Format("20060102")
		order := fmt.Sprintf("%015d", i+1)
		put(files, day, "OML-11", order, day+"103059000", '1', heavyMessage(order, day, i))
	}
	return files
}

// heavyResults is how many results each message of heavy has.
const heavyResults = 29

func heavyMessage(order, day string, seed int) []byte {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\r", args...) }
	line(`MSH|^~\&|HIS|TORIDE|GW|RCV|%s103059.0000||OUL^R22^OUL_R22|%s103059.%08d|P|2.5||||||UNICODE UTF-8|||SS-MIX2_1.20^SS-MIX2^1.2.392.200250.2.1.100.1.2.120^ISO`, day, day, seed)
	line(`PID|0001||%s^^^^PI||砦^花子^^^^^L^I~トリデ^ハナコ^^^^^L^P||19470228|F`, number)
	line(`PV1|0001|O|01^^^^^N||||D0101^堀^一郎^^^^^^^L^^^^^I|||01`)
	line(`SPM|1|%s||023^血清^JC10|||||||||||||%s0630`, order, day)
	line(`OBR|1|%s||E002^生化学的検査^99T41|||%s0630|||||||||D0101^堀^一郎^^^^^^^L^^^^^I||||||%s103059|||F`, order, day, day)
	line(`ORC|SC|%s|||CM||||%s103000|U0202^石垣^次郎^^^^^^^L^^^^^I||D0101^堀^一郎^^^^^^^L^^^^^I|01^^^^^N||||01^人工透析室^99T01||||||||||||O^外来患者オーダ^HL70482`, order, day)
	for i := range heavyResults {
		line(`OBX|%d|NM|3A%03d0000023271%02d^検査項目%d^JC10^10%03d^項目%d^99T42||%d.%d|mg/dL^mg/dL^ISO+|%d.0-%d.5|%s|||F|||%s0630|||||%s1000`,
			i+1, i*7, i, i, i, i, (seed*31+i*17)%400, (seed+i)%10, 30+i, 60+i, []string{"N", "H", "L"}[(seed+i)%3], day, day)
	}
	return []byte(b.String())
}

// BenchmarkRead_Dialysis reads a patient of 300 messages of 29 results.
func BenchmarkRead_Dialysis(b *testing.B) {
	const messages = 300
	s := open(b, heavy(b, messages))
	b.ReportAllocs()
	for b.Loop() {
		if c := read(b, s, number, want()); len(c.Labs.Rows) != messages*heavyResults {
			b.Fatalf("%d results", len(c.Labs.Rows))
		}
	}
}

// A patient of many results takes little memory for each of them: what the
// results have alike is there once, and no message is kept. It measures the heap
// and so runs alone.
func TestRead_ManyResultsKeepLittle(t *testing.T) {
	const messages = 300
	s := open(t, heavy(t, messages))
	var before, after runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&before)
	c := read(t, s, number, want())
	runtime.ReadMemStats(&after)
	allocated := after.TotalAlloc - before.TotalAlloc
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&after)
	rows := int64(len(c.Labs.Rows))
	if rows != messages*heavyResults {
		t.Fatalf("%d results", rows)
	}
	kept := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) / rows
	t.Logf("%d results: %d bytes kept for each, %d allocated", rows, kept, int64(allocated)/rows)
	if kept > 600 || int64(allocated)/rows > 4500 {
		t.Errorf("%d bytes kept for each result, %d allocated", kept, int64(allocated)/rows)
	}
	runtime.KeepAlive(c)
	runtime.KeepAlive(s)
}
