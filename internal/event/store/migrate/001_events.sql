-- What the log and the files say, in a form that is quick to ask. It may be
-- thrown away: it is made again from them.
CREATE TABLE events_part (
	name TEXT PRIMARY KEY,
	facility TEXT NOT NULL,
	day TEXT NOT NULL,
	level INTEGER NOT NULL,
	epoch INTEGER NOT NULL,
	batch_first INTEGER NOT NULL,
	batch_last INTEGER NOT NULL,
	rows INTEGER NOT NULL,
	bytes INTEGER NOT NULL,
	keys INTEGER NOT NULL,
	sha256 TEXT NOT NULL,
	leaf_first INTEGER NOT NULL,
	leaf_last INTEGER NOT NULL,
	received_min INTEGER NOT NULL,
	received_max INTEGER NOT NULL,
	time_min INTEGER NOT NULL,
	time_max INTEGER NOT NULL,
	hours BLOB -- NULL until its events were counted
) STRICT;
CREATE INDEX events_part_day ON events_part(day);

-- Entries of the log that are no seals and no merges: few, and asked for often.
CREATE TABLE events_mark (
	log TEXT NOT NULL,
	leaf INTEGER NOT NULL,
	facility TEXT NOT NULL,
	kind TEXT NOT NULL,
	at TEXT NOT NULL,
	entry TEXT NOT NULL,
	PRIMARY KEY (log, leaf)
) STRICT;
CREATE INDEX events_mark_kind ON events_mark(kind, at);

-- Files that have ended and may still lie on the disk.
CREATE TABLE events_gone (
	name TEXT PRIMARY KEY,
	facility TEXT NOT NULL
) STRICT;

CREATE TABLE events_state (
	key TEXT PRIMARY KEY,
	facility TEXT NOT NULL,
	value TEXT NOT NULL
) STRICT;
