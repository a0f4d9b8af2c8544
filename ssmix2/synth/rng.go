package synth

// rng is splitmix64: a stream of its own for each patient and purpose, the same
// on every machine and in every version of Go.
type rng struct{ s uint64 }

// stream gives the numbers of one purpose; it depends on its arguments alone.
func stream(seed, index, purpose uint64) rng {
	r := rng{seed ^ 0x9E3779B97F4A7C15}
	r.s = r.next() + index*0xD1342543DE82EF95
	r.s = r.next() + purpose*0xAF251AF3B0F025B5
	return rng{r.next()}
}

func (r *rng) next() uint64 {
	r.s += 0x9E3779B97F4A7C15
	z := r.s
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// n is below k; k is at least 1.
func (r *rng) n(k int) int { return int(r.next() >> 33 % uint64(k)) } //nolint:gosec // k is a small positive number

func (r *rng) unit() float64 { return float64(r.next()>>11) / (1 << 53) }

func (r *rng) chance(p float64) bool { return r.unit() < p }

// bell has mean 0 and deviation 1, and never leaves ±3.5.
func (r *rng) bell() float64 { return (r.unit() + r.unit() + r.unit() + r.unit() - 2) * 1.732 }

func pick[T any](r *rng, list []T) T { return list[r.n(len(list))] }
