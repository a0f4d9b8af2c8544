// Package query finds events.
//
// A query is a text in a subset of KQL, the language of Kibana; Parse makes an
// expression (Expr) of it, code may build one as well. Its leaves are tests of one
// field, under its name in the Elastic Common Schema or under the entry's own, or
// of the whole text. A view is what is searched: parts, each one sealed segment,
// and a tail, the events that are not sealed yet.
//
// Rows gives a page of events newest first, Each all of them, Summarise counts them,
// over time and by value, Get gives one. What is exact is said to be exact; what was
// stopped, or could not be read, is said as well.
//
// All comparisons of text go through segment.Fold on both sides: case, full-width
// letters and half-width katakana make no difference.
//
// The language:
//
//	foo                     the text holds foo
//	foo bar, foo and bar    both; or, not and parentheses as usual
//	"foo bar"               the text holds exactly this
//	user.name: yamada       the field is yamada; EventID: 4625 works as well
//	user.name: yama*        begins with it; * stands for anything
//	user.name: *            the field says something
//	user.name: (a or b)     one of them
//	message: foo            the message holds foo
//	source.ip: 10.0.0.0/8   inside a network
//	source.port >= 1024     numbers and times; also <, <= and >
package query
