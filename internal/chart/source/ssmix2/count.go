package ssmix2

import (
	"context"

	"github.com/torideproject/toride/ssmix2"
)

// counted gives the kinds that counts say all of: the types of the standard, if
// any of them is counted. Counts by something else say nothing of the types.
func counted(counts map[string]int64) []string {
	var out []string
	any := false
	for _, t := range ssmix2.Types() {
		out = append(out, t.Code)
		any = any || counts[t.Code] > 0
	}
	if !any {
		return nil
	}
	return out
}

// Count says how many patients there are, for index.Counter: it lists the two
// levels of prefix folders, one for each thousand patients at most, and nobody's
// own.
func (s *store) Count(ctx context.Context) (int64, error) {
	n := int64(0)
	for found, err := range s.s.Patients(ctx, "") {
		if err != nil {
			return 0, s.failed(ctx, err)
		}
		if found.Patient.ID != "" {
			n++
		}
	}
	return n, nil
}
