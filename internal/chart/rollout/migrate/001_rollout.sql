CREATE TABLE rollout_place(
	id TEXT PRIMARY KEY, facility TEXT NOT NULL, name TEXT NOT NULL, ward TEXT NOT NULL, site TEXT NOT NULL, note TEXT NOT NULL,
	created_at TEXT NOT NULL, created_by TEXT NOT NULL, gone INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE rollout_locker(
	facility TEXT NOT NULL, item TEXT NOT NULL, there INTEGER NOT NULL, note TEXT NOT NULL, checked_at TEXT NOT NULL, checked_by TEXT NOT NULL,
	PRIMARY KEY (facility, item)
) STRICT, WITHOUT ROWID;
CREATE TABLE rollout_rehearsal(
	id TEXT PRIMARY KEY, facility TEXT NOT NULL, place TEXT NOT NULL, people TEXT NOT NULL, note TEXT NOT NULL DEFAULT '',
	begun_at TEXT NOT NULL, begun_by TEXT NOT NULL, ended_at TEXT NOT NULL DEFAULT '', result TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE rollout_step(
	rehearsal TEXT NOT NULL REFERENCES rollout_rehearsal(id), facility TEXT NOT NULL, step TEXT NOT NULL, at TEXT NOT NULL,
	took_ms INTEGER NOT NULL, measured INTEGER NOT NULL, result TEXT NOT NULL, note TEXT NOT NULL,
	PRIMARY KEY (rehearsal, step)
) STRICT, WITHOUT ROWID;
