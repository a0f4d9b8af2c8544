CREATE TABLE staff_person(
	id         TEXT PRIMARY KEY,
	facility   TEXT NOT NULL,
	number     TEXT NOT NULL UNIQUE,
	name       TEXT NOT NULL,
	kana       TEXT NOT NULL,
	role       TEXT NOT NULL,
	dept       TEXT NOT NULL,
	extra      TEXT NOT NULL, -- separated by commas
	state      TEXT NOT NULL, -- active, gone, blocked
	pin        TEXT NOT NULL, -- argon2id, PHC string; empty: none yet
	once       TEXT NOT NULL, -- hash of a one-time code; empty: none
	once_until INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	pin_at     INTEGER NOT NULL
) STRICT;
CREATE TABLE staff_import(
	id        TEXT PRIMARY KEY,
	facility  TEXT NOT NULL,
	at        INTEGER NOT NULL,
	by        TEXT NOT NULL,
	file      TEXT NOT NULL,
	added     INTEGER NOT NULL,
	changed   INTEGER NOT NULL,
	gone      INTEGER NOT NULL,
	undone_at INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE staff_change(
	facility TEXT NOT NULL,
	import   TEXT NOT NULL REFERENCES staff_import(id),
	person   TEXT NOT NULL REFERENCES staff_person(id),
	before   TEXT NOT NULL, -- JSON; empty: the person was new
	PRIMARY KEY(import, person)
) STRICT;
CREATE TABLE staff_session(
	hash       TEXT PRIMARY KEY,
	id         TEXT NOT NULL,
	facility   TEXT NOT NULL,
	person     TEXT NOT NULL,
	glass      TEXT NOT NULL,
	started_at INTEGER NOT NULL,
	from_addr  TEXT NOT NULL
) STRICT;
CREATE TABLE staff_glass(
	id         TEXT PRIMARY KEY,
	facility   TEXT NOT NULL,
	person     TEXT NOT NULL, -- account, or empty
	name       TEXT NOT NULL,
	employer   TEXT NOT NULL,
	reason     TEXT NOT NULL,
	voucher    TEXT NOT NULL, -- account that vouched, or empty
	pin        TEXT NOT NULL, -- for the lock screen; empty: that of the account
	from_addr  TEXT NOT NULL,
	started_at INTEGER NOT NULL,
	until      INTEGER NOT NULL,
	ended_at   INTEGER NOT NULL DEFAULT 0,
	ack_at     INTEGER NOT NULL DEFAULT 0,
	ack_by     TEXT NOT NULL DEFAULT '',
	ack_text   TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX staff_glass_started ON staff_glass(started_at);
CREATE TABLE staff_setting(
	facility TEXT NOT NULL,
	key      TEXT PRIMARY KEY,
	value    INTEGER NOT NULL
) STRICT;
