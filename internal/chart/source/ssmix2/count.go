package ssmix2

import "context"

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
