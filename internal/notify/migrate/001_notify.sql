CREATE TABLE notify_member(
	id TEXT PRIMARY KEY, facility TEXT NOT NULL, name TEXT NOT NULL, mail TEXT NOT NULL, phone TEXT NOT NULL, phone2 TEXT NOT NULL,
	note TEXT NOT NULL, lang TEXT NOT NULL
) STRICT;
CREATE TABLE notify_shift(
	id TEXT PRIMARY KEY, facility TEXT NOT NULL, member TEXT NOT NULL REFERENCES notify_member(id), days INTEGER NOT NULL,
	start INTEGER NOT NULL, stop INTEGER NOT NULL, rank INTEGER NOT NULL, since TEXT NOT NULL, until TEXT NOT NULL
) STRICT;
CREATE TABLE notify_channel(
	id TEXT PRIMARY KEY, facility TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, enabled INTEGER NOT NULL, least TEXT NOT NULL,
	vals TEXT NOT NULL, sealed TEXT NOT NULL, tried_at TEXT NOT NULL DEFAULT '', error TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE notify_policy(
	facility TEXT PRIMARY KEY, step INTEGER NOT NULL, repeat INTEGER NOT NULL, quiet_from INTEGER NOT NULL, quiet_to INTEGER NOT NULL,
	high_waits INTEGER NOT NULL, beat INTEGER NOT NULL, beat_at TEXT NOT NULL DEFAULT '', beat_error TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE notify_call(
	id TEXT PRIMARY KEY, facility TEXT NOT NULL, key TEXT NOT NULL, level TEXT NOT NULL, title TEXT NOT NULL, body TEXT NOT NULL,
	url TEXT NOT NULL, raised_at TEXT NOT NULL, step INTEGER NOT NULL DEFAULT 0, next_at TEXT NOT NULL,
	acked_at TEXT NOT NULL DEFAULT '', acked_by TEXT NOT NULL DEFAULT '', ack_note TEXT NOT NULL DEFAULT '',
	ended_at TEXT NOT NULL DEFAULT '', ended_why TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX notify_call_due ON notify_call(next_at) WHERE next_at != '';
CREATE INDEX notify_call_key ON notify_call(key, raised_at);
CREATE TABLE notify_send(
	id TEXT PRIMARY KEY, facility TEXT NOT NULL, call_id TEXT NOT NULL REFERENCES notify_call(id), channel TEXT NOT NULL, step INTEGER NOT NULL,
	recipients TEXT NOT NULL, at TEXT NOT NULL, error TEXT NOT NULL, attempt INTEGER NOT NULL
) STRICT;
CREATE INDEX notify_send_call ON notify_send(call_id, at);
