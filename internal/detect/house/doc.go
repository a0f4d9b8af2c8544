// Package house is the register as detection asks for it: at once, by address
// or by the name of a computer, without a query.
//
// A House is built from snapshots of the register (assets, systems, vendors,
// outside lines) and of the approved windows; Refresh takes new ones when the
// hospital changed something; what the revision says is unchanged is taken over
// from the snapshot before. An address belongs to a line when it stands in the
// line's own sources, in those of an approved request, or on the line's device;
// that is sure. An address that no asset and no network of the register holds
// and that reaches what only one line leads to comes, most likely, through that line;
// then the answer says that it is not sure.
package house
