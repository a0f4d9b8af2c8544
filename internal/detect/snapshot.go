package detect

import (
	"encoding/json"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// packSnapshot is the memory of one pack's correlations. It counts only for the
// same pack.
type packSnapshot struct {
	Digest string `json:"digest"`
	State  []byte `json:"state"`
}

// snapshot packs the memory of all correlations.
func (d *Desk) snapshot() ([]byte, error) {
	all := map[string]packSnapshot{}
	for name, c := range d.observer.correl {
		all[name] = packSnapshot{Digest: c.digest, State: c.state.Snapshot(nil)}
	}
	if len(all) == 0 {
		return nil, nil
	}
	data, err := json.Marshal(all)
	if err != nil {
		return nil, fmt.Errorf("detect: snapshot: %w", err)
	}
	w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("detect: snapshot: %w", err)
	}
	defer w.Close()
	return w.EncodeAll(data, nil), nil
}

// maxSnapshot bounds what a stored snapshot may unpack to, in bytes.
const maxSnapshot = 512 << 20

// restore takes up the memory of correlations. What does not fit (another
// version of a pack, damage) is left out and begins anew; it is told, because a
// count that was under way is lost with it.
func (d *Desk) restore(data []byte) error {
	if len(data) == 0 {
		return nil
	}
	r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxSnapshot))
	if err != nil {
		return fmt.Errorf("detect: snapshot: %w", err)
	}
	defer r.Close()
	var all map[string]packSnapshot
	plain, err := r.DecodeAll(data, nil)
	if err == nil {
		err = json.Unmarshal(plain, &all)
	}
	if err != nil {
		d.cfg.Log.Warn("the memory of correlations cannot be read and begins anew", "err", err)
		return nil
	}
	for name, c := range d.observer.correl {
		s, stored := all[name]
		if !stored || s.Digest != c.digest {
			continue
		}
		lost, err := c.state.Restore(s.State)
		if err != nil || lost > 0 {
			d.cfg.Log.Warn("a part of the memory of correlations begins anew", "pack", name, "groups", lost, "err", err)
		}
	}
	return nil
}
