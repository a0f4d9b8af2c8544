package copy

import "time"

// judgeStalled finds a storage to which nothing is written any more: no record of
// any type since some days, after weeks with records on most days. A type that
// stops is found by judgeRhythm in the first days; a storage that stood still for
// weeks has no rhythm left, and each night's copy of it would look like any other.
func judgeStalled(j *Judgement, l *Limits, kinds map[string]map[int]int64, asOf time.Time) {
	limit := l.of(CodeStalled)
	yesterday := asOf.AddDate(0, 0, -1)
	end, last := dayNumber(yesterday), 0
	total := map[int]int64{}
	for kind, days := range kinds {
		if !isStandard(kind) {
			continue
		}
		for day, n := range days {
			total[day] += n
			if n > 0 && day <= end {
				last = max(last, day)
			}
		}
	}
	if last == 0 {
		return
	}
	at := timeOf(last, time.UTC)
	since := int64(timeOf(end, time.UTC).Sub(at) / (24 * time.Hour))
	busy := 0
	for back := range rhythmDays {
		if total[dayNumber(at.AddDate(0, 0, -back))] >= limit.Least {
			busy++
		}
	}
	if since >= int64(max(1, limit.Days)) && busy >= rhythmDays/2 {
		j.add(l, Finding{Code: CodeStalled, Weight: limit.Weight, Count: since, Day: last})
	}
}
