package shelf

import "golang.org/x/sys/unix"

// memory is what the machine, or the container, has in bytes; 0: not known.
func memory() uint64 {
	var s unix.Sysinfo_t
	if unix.Sysinfo(&s) != nil {
		return 0
	}
	total := s.Totalram * uint64(s.Unit)
	if most := allowed("/sys/fs/cgroup/memory.max"); most != 0 {
		return min(total, most)
	}
	return total
}
