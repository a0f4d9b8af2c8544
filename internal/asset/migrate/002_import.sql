CREATE TABLE asset_import(
	id TEXT PRIMARY KEY, facility TEXT NOT NULL, name TEXT NOT NULL, sha256 TEXT NOT NULL, bytes INTEGER NOT NULL, file BLOB NOT NULL,
	state TEXT NOT NULL, maps TEXT NOT NULL, digest TEXT NOT NULL, report TEXT NOT NULL, undo TEXT NOT NULL DEFAULT '{}',
	created_at TEXT NOT NULL, created_by TEXT NOT NULL, applied_at TEXT NOT NULL DEFAULT '', applied_by TEXT NOT NULL DEFAULT '',
	undone_at TEXT NOT NULL DEFAULT '', undone_by TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE asset_import_row(
	import TEXT NOT NULL, seq INTEGER NOT NULL, facility TEXT NOT NULL, state TEXT NOT NULL, warned INTEGER NOT NULL, object TEXT NOT NULL,
	row TEXT NOT NULL,
	PRIMARY KEY(import, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX asset_import_row_state ON asset_import_row(import, state, seq);
CREATE TABLE asset_mapping(
	fingerprint TEXT PRIMARY KEY, facility TEXT NOT NULL, map TEXT NOT NULL, actor TEXT NOT NULL, at TEXT NOT NULL
) STRICT;
