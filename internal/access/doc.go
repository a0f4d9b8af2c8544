// Package access keeps outside lines closed and opens one of them for one
// piece of work: a line opens for a window and closes again.
//
// A Request is a vendor's wish to work through one outside line: why, on what,
// from which computer in which state, by which persons, in which window. A
// window is the time between From and Until, in the hospital's time. A request
// is asked, approved or refused by a second person, opened when somebody has
// really opened the line, closed when the line is really shut, and reviewed by
// somebody other than the approver: as planned, a question, or an incident. An
// emergency request may be opened first and approved afterwards (事後承認);
// it stays marked as such for ever.
//
// A card says how one line is opened in practice: by a firewall policy with a
// one-time schedule, or by a plug in a socket, with the place and a
// photograph. An instruction is the text for one request and one card.
//
// A standing line is one that the register says is open day and night: it is
// open without any window, and is shown in red for as long as it is.
//
// What the package promises: the rules are pure functions (rules.go), every
// step is taken inside one database transaction in which the rules are asked
// again, and a step that is refused says why. What it does not do: it opens
// nothing by itself. People paste the text or push the plug; the package tells
// them what, when and until when, and remembers who did it.
package access
