// Package bulk takes entries in by the bulk interface of Elasticsearch, so that
// Winlogbeat, Filebeat, Elastic Agent, Fluent Bit, Logstash and rsyslog send to
// Toride unchanged: POST /_bulk, lines of JSON in pairs, an action ("create" or
// "index") and a document.
//
// A document becomes a record as it came; the action's _id becomes its key. The
// answer has a status for each item, and 201 says that the record is durable.
// When the sink refuses, items are answered with 429 (full) or 503 (cannot write
// now), and the sender keeps them and sends them again. Toride only adds:
// update and delete are answered with 400.
//
// Every request needs the source's token, as an API key, a bearer token or the
// password of basic authentication. What senders ask before they send (version,
// licence, templates, life cycles, pipelines) is answered so that they go on;
// nothing of it is kept.
//
// Bodies are read as they come: memory is that of one batch and one document
// for each request under way, and the numbers of both are limited (limits.go).
package bulk
