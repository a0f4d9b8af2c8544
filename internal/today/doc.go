// Package today is the first page: what a person should do now. A Todo is one
// such thing with the reason and the page on which it is done in at most two
// clicks. Domains publish todos; this package orders them and shows the first
// seven, because a list of a hundred is a list of none.
package today
