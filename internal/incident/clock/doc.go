// Package clock counts the days that the law gives after personal data was, or
// may have been, lost. A Fact (who knew what, when, which category) starts a
// clock; a guess never does. The Rules are versioned data with source and
// confidence, and the Calendar of closed days is data too, because both change
// by law and a wrong date shown with confidence is worse than none.
//
// Counting, as the rule pack restates it: the day of knowing is day 1; every
// day counts; when the last day of a final report falls on a Saturday, Sunday,
// public holiday or 29 December to 3 January, the next open day takes its
// place. A preliminary report has no last day in law, so day 3 and day 5 are
// shown and never moved. Where the calendar does not cover a year, the date is
// given as the earliest possible one together with a warning.
package clock
