package sheet

import (
	"strings"
	"unicode/utf8"
)

// headRows is how many rows with a value are looked at for the heading; title
// lines, stamps and legends above it are rarely more than ten.
const headRows = 40

// maxHeading is how many rows a heading may have.
const maxHeading = 3

// heading is a candidate: rows[first : first+count] with joined titles.
type heading struct {
	first, count int
	titles       []string
	score        int
}

// headMerges gives the merges that can matter to a heading. A sheet that a
// program made has no overlapping merges, hence not more of them than cells.
func headMerges(rows []keptRow, stats Stats) []merge {
	if len(rows) == 0 {
		return nil
	}
	end := rows[min(len(rows), headRows+maxHeading)-1].number
	var near []merge
	for _, m := range stats.merges {
		if m.row <= end && m.col < stats.Columns && len(near) < (headRows+maxHeading)*256 {
			near = append(near, m)
		}
	}
	return near
}

// findHeading gives the best heading among the first rows; count is 0 when no
// row looks like one. known tells how much a title speaks for the sheet's
// subject: 0 for an unknown word.
func findHeading(rows []keptRow, merges []merge, width int, known func(string) int) heading {
	best := heading{}
	for first := range min(len(rows), headRows) {
		for count := 1; count <= maxHeading && first+count <= len(rows); count++ {
			if count > 1 && !joins(rows[first:first+count], merges) {
				break
			}
			h := heading{first: first, count: count, titles: joinTitles(rows[first:first+count], merges, width)}
			h.score = h.rate(rows, known)
			if h.score > best.score {
				best = h
			}
		}
	}
	if best.count > 0 {
		return best
	}
	return heading{}
}

// rate scores a candidate: known words most, then short distinct words; what
// looks like data speaks against it, and so does a sheet without data below.
func (h heading) rate(rows []keptRow, known func(string) int) int {
	score, words := 0, 0
	seen := map[string]bool{}
	for _, title := range h.titles {
		if title == "" {
			continue
		}
		key := Key(title)
		switch {
		case key == "" || looksLikeData(title):
			score -= 4
			continue
		case seen[key]:
			score -= 2
			continue
		case utf8.RuneCountInString(title) > 40:
			score -= 3
			continue
		}
		seen[key] = true
		words++
		score += 2
		if known != nil {
			score += 8 * known(title)
		}
	}
	if words < 2 {
		return 0
	}
	if h.first+h.count == len(rows) {
		score /= 2
	} else if next := rows[h.first+h.count]; next.filled() < 2 {
		score -= 3
	}
	return score - h.first // of two alike the upper one
}

// looksLikeData reports whether a cell is a number, a date, an address or a
// mark rather than a word.
func looksLikeData(s string) bool {
	n := Narrow(s)
	if n == "" || strings.Trim(n, "0123456789.,:/-+()%¥ ") == "" {
		return true
	}
	if _, ok := ParseDate(n); ok {
		return true
	}
	return strings.ContainsAny(n, "。@\\") || strings.HasPrefix(n, "http")
}

// joins reports whether rows under the first one belong to the same heading: a
// merge says so, or, where merges were lost (a text file), the lower row fills
// what the upper one leaves blank and repeats nothing that looks like data.
func joins(rows []keptRow, merges []merge) bool {
	upper, lower := rows[len(rows)-2], rows[len(rows)-1]
	if lower.number != upper.number+1 {
		return false
	}
	spans, under := false, false
	for _, m := range merges {
		if m.row <= upper.number && m.rowEnd >= lower.number && m.row >= rows[0].number {
			spans = true
		}
		if m.row == upper.number && m.rowEnd == upper.number && m.colEnd > m.col {
			for c := m.col; c <= m.colEnd; c++ {
				under = under || lower.at(c) != ""
			}
		}
	}
	if len(merges) > 0 {
		return (spans || under) && !anyData(lower)
	}
	return complements(upper, lower) && !anyData(lower)
}

func anyData(row keptRow) bool {
	for _, c := range row.cells {
		if c != "" && looksLikeData(c) {
			return true
		}
	}
	return false
}

// complements: some upper cells stand alone (the lower is blank), and some
// lower cells stand under a blank right of a filled group.
func complements(upper, lower keptRow) bool {
	alone, grouped := 0, 0
	for c := range max(len(upper.cells), len(lower.cells)) {
		up, down := upper.at(c) != "", lower.at(c) != ""
		switch {
		case up && !down:
			alone++
		case down && !up:
			grouped++
		}
	}
	return alone > 0 && grouped > 0
}

// joinTitles makes one title for each column: "保守/会社". A group's word is
// carried to the right over its merge or, without merges, over the blanks that
// have a word below.
func joinTitles(rows []keptRow, merges []merge, width int) []string {
	titles := make([]string, width)
	for i, row := range rows {
		last := i == len(rows)-1
		group := ""
		for c := range width {
			word := Clean(row.at(c))
			if word != "" {
				group = word
			}
			if !last && word == "" {
				if len(merges) > 0 {
					word = spanned(rows[i], merges, c)
				} else if rows[i+1].at(c) != "" {
					word = group
				}
			}
			if word == "" || titles[c] == word || strings.HasSuffix(titles[c], "/"+word) {
				continue
			}
			if titles[c] != "" {
				titles[c] += "/"
			}
			titles[c] += word
		}
	}
	return titles
}

// spanned gives the word of the merge that covers a column of a row from its
// left.
func spanned(row keptRow, merges []merge, column int) string {
	for _, m := range merges {
		if m.row == row.number && m.col < column && column <= m.colEnd {
			return Clean(row.at(m.col))
		}
	}
	return ""
}
