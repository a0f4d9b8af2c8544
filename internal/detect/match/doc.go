// Package match brings events to the rules.
//
// A Looker holds one engine of Sigma rules and finds for each event the rules
// that match. It knows events by their shape: data set, log source, the names
// of the fields, and for Windows the event id, channel and provider. What is to
// be known about a shape is worked out once; the shapes of a hospital are some
// hundred, and a sender who invents field names only pushes other shapes out
// of a bounded cache.
//
// Beside each shape stands what was Seen of it: how many, when first and last,
// which fields ever had a value. From that and a rule's condition Possible says
// whether the rule could fire with the logs that really arrive.
package match
