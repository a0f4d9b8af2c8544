package correlate

import (
	"math"
	"slices"

	"github.com/torideproject/toride/sigma"
)

// numbers are the values of a group that are added up or compared, in the order
// of their time, and for percentiles in their own.
type numbers struct {
	list    []numberAt
	head    int
	sum     float64
	removed int       // since the sum was made anew
	sorted  []float64 // of types that need it
}

type numberAt struct {
	at int64
	n  float64
}

const numberBytes = 24

// add puts a number in its place.
func (s *numbers) add(at int64, n float64, sorted bool) {
	live := s.list[s.head:]
	i := len(live)
	for i > 0 && live[i-1].at > at {
		i--
	}
	s.list = slices.Insert(s.list, s.head+i, numberAt{at, n})
	s.sum += n
	if sorted {
		i, _ := slices.BinarySearch(s.sorted, n)
		s.sorted = slices.Insert(s.sorted, i, n)
	}
}

// trim forgets numbers before a horizon, and the oldest beyond most. It gives
// how many went, and how many of them only for room.
func (s *numbers) trim(horizon int64, most int) (gone, forRoom int) {
	for live := s.list[s.head:]; len(live) > 0 && (live[0].at < horizon || len(live) > most); live = live[1:] {
		if live[0].at >= horizon {
			forRoom++
		}
		s.sum -= live[0].n
		if s.sorted != nil {
			if i, ok := slices.BinarySearch(s.sorted, live[0].n); ok {
				s.sorted = slices.Delete(s.sorted, i, i+1)
			}
		}
		s.head++
		gone++
	}
	if s.removed += gone; s.removed > 1024 { // rounding must not add up
		s.removed, s.sum = 0, 0
		for _, x := range s.list[s.head:] {
			s.sum += x.n
		}
	}
	if s.head > len(s.list)/2 && s.head > 16 {
		s.list = slices.Delete(s.list, 0, s.head)
		s.head = 0
	}
	return gone, forRoom
}

// measure gives what the correlation compares. Percentiles are by the nearest
// rank; the median of an even number is the middle of the two. ok is false
// without numbers.
func (s *numbers) measure(c *sigma.Correlation) (n float64, ok bool) {
	count := len(s.list) - s.head
	if count == 0 {
		return 0, false
	}
	switch c.Type {
	case sigma.ValueSum:
		n = s.sum
	case sigma.ValueAvg:
		n = s.sum / float64(count)
	case sigma.ValuePercentile:
		rank := int(math.Ceil(c.Percentile / 100 * float64(count)))
		n = s.sorted[min(max(rank, 1), count)-1]
	case sigma.ValueMedian:
		n = (s.sorted[(count-1)/2] + s.sorted[count/2]) / 2
	}
	return n, true
}

func needsSorted(t sigma.CorrelationType) bool {
	return t == sigma.ValuePercentile || t == sigma.ValueMedian
}
