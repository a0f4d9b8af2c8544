// Package chain shows the attack chain of Osaka, link by link, and what stands
// against each link in this hospital as far as it was read.
//
// A step (A1 to A13) is one thing that attackers did, in order. For each step
// there are three columns: foretell (予兆を見つける) finds the weak place
// beforehand, stop (止める) keeps the step from succeeding, notice (気づく) sees
// it while it happens. A cell is one step in one column. It names the readings
// that count; its state is computed from them and from nothing else: working
// (有効), hole (穴), unread (未確認), nothing to apply to (対象なし). A cell that
// names no reading is a blank (仕組みがまだない): this version has nothing
// there, and the cell says what the hospital can do by itself today. No cell
// can claim what no reading supports; the tests walk through all of them.
package chain
