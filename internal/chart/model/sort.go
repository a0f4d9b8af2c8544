package model

import "slices"

// SortRows sorts rows, those that order alike as they stand, and moves each of
// them once: rows are large. It gives them in a new slice.
func SortRows[T any](rows []T, order func(a, b *T) int) []T {
	if len(rows) < 2 {
		return rows
	}
	places := make([]*T, len(rows))
	for i := range rows {
		places[i] = &rows[i]
	}
	slices.SortStableFunc(places, order)
	out := make([]T, len(rows))
	for i, p := range places {
		out[i] = *p
	}
	return out
}
