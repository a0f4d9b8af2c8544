package pdf

import "fmt"

// entry is a bookmark in the tree: places in the list of all, -1 is none.
type entry struct {
	parent, prev, next, first, last, kids int
}

// outlines writes the bookmarks (12.3.3). A mark whose level jumps hangs on
// the last mark above it.
func (f *File) outlines() {
	tree := make([]entry, len(f.marks))
	root := entry{parent: -1, prev: -1, next: -1, first: -1, last: -1}
	var path []int // the last mark of each level
	for i, m := range f.marks {
		level := min(max(m.level, 0), len(path))
		path = path[:level]
		tree[i] = entry{parent: -1, prev: -1, next: -1, first: -1, last: -1}
		up := &root
		if level > 0 {
			tree[i].parent = path[level-1]
			up = &tree[path[level-1]]
		}
		if up.last >= 0 {
			tree[i].prev = up.last
			tree[up.last].next = i
		} else {
			up.first = i
		}
		up.last = i
		up.kids++
		path = append(path, i)
	}
	base := len(f.offsets)
	for range f.marks {
		f.reserve()
	}
	no := func(i int) int { return base + i }
	for i, m := range f.marks {
		e, parent := tree[i], outlinesNo
		if e.parent >= 0 {
			parent = no(e.parent)
		}
		body := fmt.Sprintf("<</Title %s/Parent %d 0 R/Dest[%d 0 R/Fit]", hexText(m.title), parent, m.page)
		for _, link := range []struct {
			name string
			to   int
		}{{"Prev", e.prev}, {"Next", e.next}, {"First", e.first}, {"Last", e.last}} {
			if link.to >= 0 {
				body += fmt.Sprintf("/%s %d 0 R", link.name, no(link.to))
			}
		}
		if e.kids > 0 {
			body += fmt.Sprintf("/Count %d", -e.kids) // closed at first
		}
		f.object(no(i), body+">>")
	}
	f.object(outlinesNo, fmt.Sprintf("<</Type/Outlines/First %d 0 R/Last %d 0 R/Count %d>>", no(root.first), no(root.last), root.kids))
}
