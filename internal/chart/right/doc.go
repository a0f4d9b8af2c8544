// Package right names the rights of everything around the emergency chart. A
// right is what a route asks for; a role, in internal/chart/staff for a station
// and in internal/identity for the whole of Toride, is a set of them. They stand
// in one place because several rooms ask for the same one, and because a room
// that gives rights must not know the rooms that ask for them.
package right
