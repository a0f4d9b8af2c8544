// Package json reads entries that are JSON objects: what Filebeat, Elastic
// Agent and Fluent Bit send, flow records of sensors, and the JSON of
// applications nobody has written a format for.
//
// An object that one of the other formats knows (a Windows event, a Samba audit
// entry) is read by that one. Of any other the members become fields under
// their path with dots (source.ip); the elements of an array are one value,
// joined by line feeds. Members with a usual name (those of the Elastic Common
// Schema, and the short ones of flow sensors) fill the core. Where a member is
// itself a log line, as the message of a collector that follows a file, the
// format of that line goes on.
package json
