// Package eventtest makes the log of a made-up hospital for tests and
// measurements: FortiGate traffic lines, flows as JSON, Windows logons as
// Winlogbeat sends them, and the audit lines of a chart system, in Japanese, in
// the proportions and lengths of docs/design's measurements. The same seed
// gives the same log. Needles are rare entries planted in it, so that a search
// has something to find and something to miss.
package eventtest
