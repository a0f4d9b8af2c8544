package detect

import (
	"context"
	"fmt"
	"time"
)

// countStories counts the stories of a filter, and those of all that are open.
func (d *Desk) countStories(ctx context.Context, where string, args ...any) (total, open int, err error) {
	err = d.read().QueryRowContext(ctx, "SELECT (SELECT count(*) FROM detect_story "+where+"), (SELECT count(*) FROM detect_story WHERE state IN ('new', 'acked'))", args...).Scan(&total, &open)
	if err != nil {
		return 0, 0, fmt.Errorf("detect: count: %w", err)
	}
	return total, open, nil
}

// stories reads the stories of a filter with its order.
func (d *Desk) stories(ctx context.Context, where string, args ...any) ([]*Story, error) {
	return bodies[*Story](ctx, d.read(), "SELECT body FROM detect_story "+where, args...)
}

// storyNumbers gives the number of every story by its ID.
func (d *Desk) storyNumbers(ctx context.Context) (map[string]int, error) {
	rows, err := d.read().QueryContext(ctx, "SELECT id, no FROM detect_story")
	if err != nil {
		return nil, fmt.Errorf("detect: stories: %w", err)
	}
	defer rows.Close()
	out := map[string]int{}
	for rows.Next() {
		var id string
		var no int
		if err := rows.Scan(&id, &no); err != nil {
			return nil, fmt.Errorf("detect: stories: %w", err)
		}
		out[id] = no
	}
	return out, rows.Err()
}

// countAlerts counts the alerts of a filter.
func (d *Desk) countAlerts(ctx context.Context, where string, args ...any) (n int, err error) {
	if err := d.read().QueryRowContext(ctx, "SELECT count(*) FROM detect_alert "+where, args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("detect: count: %w", err)
	}
	return n, nil
}

// countHits counts the alerts that a rule took part in.
func (d *Desk) countHits(ctx context.Context, rule string) (n int, err error) {
	if err := d.read().QueryRowContext(ctx, "SELECT count(*) FROM detect_hit WHERE rule = ?", rule).Scan(&n); err != nil {
		return 0, fmt.Errorf("detect: alerts of a rule: %w", err)
	}
	return n, nil
}

// counts gives how often each rule matched since a day, that day included.
func (d *Desk) counts(ctx context.Context, since time.Time) (map[string]int64, error) {
	rows, err := d.read().QueryContext(ctx, "SELECT rule, sum(n) FROM detect_count WHERE day >= ? GROUP BY rule", d.day(since))
	if err != nil {
		return nil, fmt.Errorf("detect: counts: %w", err)
	}
	defer rows.Close()
	out := map[string]int64{}
	for rows.Next() {
		var rule string
		var n int64
		if err := rows.Scan(&rule, &n); err != nil {
			return nil, fmt.Errorf("detect: counts: %w", err)
		}
		out[rule] = n
	}
	return out, rows.Err()
}

// countsByDay gives the matches of a filter of detect_count by day, what counted
// and what was hidden, after a day.
func (d *Desk) countsByDay(ctx context.Context, where string, args []any, after time.Time) (map[string][2]int, error) {
	rows, err := d.read().QueryContext(ctx, "SELECT day, sum(n), sum(hidden) FROM detect_count WHERE "+where+" AND day > ? GROUP BY day", append(args, d.day(after))...)
	if err != nil {
		return nil, fmt.Errorf("detect: noise: %w", err)
	}
	defer rows.Close()
	out := map[string][2]int{}
	for rows.Next() {
		var day string
		var n, hidden int
		if err := rows.Scan(&day, &n, &hidden); err != nil {
			return nil, fmt.Errorf("detect: noise: %w", err)
		}
		out[day] = [2]int{n, hidden}
	}
	return out, rows.Err()
}
