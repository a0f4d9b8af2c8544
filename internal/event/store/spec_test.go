package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/torideproject/toride/internal/event/store/files"
)

// specRow is what docs/spec/log-seal.md needs of a segment.
type specRow struct {
	Epoch    uint32 `parquet:"epoch"`
	Seq      uint64 `parquet:"seq"`
	Index    uint32 `parquet:"index"`
	Original []byte `parquet:"event_original"`
}

// TestSpec_CheckedByOtherMeans checks a folder as docs/spec/log-seal.md says,
// with the standard library and a public reader of Parquet, and nothing of ours.
func TestSpec_CheckedByOtherMeans(t *testing.T) {
	t.Parallel()
	b := week(t)
	checkpoint := strings.Split(b.checkpoint(), "\n")
	b.close()

	// The entries: length in 16 bits, then JSON.
	var entries [][]byte
	size, err := strconv.Atoi(checkpoint[1])
	must(t, err)
	data, err := files.Read(b.disk, b.logPath(fmt.Sprintf("tile/entries/000.p/%d", size)), 1<<24)
	must(t, err)
	for len(data) > 0 {
		n := int(binary.BigEndian.Uint16(data))
		entries, data = append(entries, data[2:2+n]), data[2+n:]
	}
	if root := specRoot(entries); base64.StdEncoding.EncodeToString(root) != checkpoint[2] || len(entries) != size {
		t.Fatalf("the root of %d entries is not that of the checkpoint\n%s", len(entries), strings.Join(checkpoint, "\n"))
	}

	live := map[string]map[string]any{}
	var seals []map[string]any
	for _, e := range entries {
		var m map[string]any
		must(t, json.Unmarshal(e, &m))
		if of, ok := m["of"].([]any); ok {
			for _, name := range of {
				delete(live, name.(string))
			}
		}
		if name, ok := m["file"].(string); ok {
			live[name] = m
		}
		if m["kind"] == "seal" {
			seals = append(seals, m)
		}
	}
	checked := 0
	for name, m := range live {
		data, err := files.Read(b.disk, path.Join("facility="+facility, name), 1<<30)
		must(t, err)
		if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != m["sha256"] {
			t.Errorf("%s has another hash", name)
		}
		rows, err := parquet.Read[specRow](bytes.NewReader(data), int64(len(data)))
		must(t, err)
		if float64(len(rows)) != m["rows"] {
			t.Errorf("%s has %d rows, %v in the log", name, len(rows), m["rows"])
		}
		for _, s := range seals {
			if s["epoch"] != m["epoch"] || s["from"].(float64) < m["from"].(float64) || s["to"].(float64) > m["to"].(float64) {
				continue
			}
			var mine []specRow
			for _, r := range rows {
				if float64(r.Seq) >= s["from"].(float64) && float64(r.Seq) <= s["to"].(float64) {
					mine = append(mine, r)
				}
			}
			slices.SortFunc(mine, func(a, b specRow) int {
				if a.Seq != b.Seq {
					return int(int64(a.Seq) - int64(b.Seq))
				}
				return int(a.Index) - int(b.Index)
			})
			var leaves [][]byte
			for _, r := range mine {
				leaves = append(leaves, append(fmt.Appendf(nil, "%s/%d-%d-%d\n", facility, r.Epoch, r.Seq, r.Index), r.Original...))
			}
			if got := base64.StdEncoding.EncodeToString(specRoot(leaves)); got != s["root"] {
				t.Errorf("%s: batches %v to %v have the root %s, %s in the log", name, s["from"], s["to"], got, s["root"])
			}
			checked++
		}
	}
	if checked < 6 {
		t.Errorf("only %d seals were checked", checked)
	}
}

// specRoot is the Merkle tree hash of RFC 6962, section 2.1, as it stands there.
func specRoot(d [][]byte) []byte {
	switch len(d) {
	case 0:
		sum := sha256.Sum256(nil)
		return sum[:]
	case 1:
		sum := sha256.Sum256(append([]byte{0}, d[0]...))
		return sum[:]
	}
	k := 1
	for k*2 < len(d) {
		k *= 2
	}
	sum := sha256.Sum256(append(append([]byte{1}, specRoot(d[:k])...), specRoot(d[k:])...))
	return sum[:]
}
