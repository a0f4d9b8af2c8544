CREATE TABLE backentry_entry(
	id TEXT PRIMARY KEY, facility TEXT NOT NULL, patient TEXT NOT NULL, kind TEXT NOT NULL,
	happened_at TEXT NOT NULL, body BLOB NOT NULL, scan BLOB, scan_type TEXT NOT NULL DEFAULT '',
	created_at TEXT NOT NULL, created_by TEXT NOT NULL,
	state TEXT NOT NULL DEFAULT 'open', settled_at TEXT NOT NULL DEFAULT '', settled_by TEXT NOT NULL DEFAULT '', settled_note TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX backentry_state ON backentry_entry(state, happened_at);
CREATE INDEX backentry_patient ON backentry_entry(patient, happened_at);
