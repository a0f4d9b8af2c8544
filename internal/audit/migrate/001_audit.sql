CREATE TABLE audit_file(
	id TEXT PRIMARY KEY, facility TEXT NOT NULL, target TEXT NOT NULL, name TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL,
	model TEXT NOT NULL, version TEXT NOT NULL, build TEXT NOT NULL, hostname TEXT NOT NULL, encoding TEXT NOT NULL, lines INTEGER NOT NULL,
	redacted INTEGER NOT NULL, missing TEXT NOT NULL, missing_line INTEGER NOT NULL, missing_open TEXT NOT NULL, unread INTEGER NOT NULL,
	addresses TEXT NOT NULL, read_at TEXT NOT NULL, read_by TEXT NOT NULL, removed_at TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX audit_file_target ON audit_file(target, read_at);
CREATE TABLE audit_text(
	file_id TEXT PRIMARY KEY REFERENCES audit_file(id), facility TEXT NOT NULL, gz BLOB NOT NULL
) STRICT;
CREATE TABLE audit_result(
	file_id TEXT NOT NULL REFERENCES audit_file(id), facility TEXT NOT NULL, check_id TEXT NOT NULL, verdict TEXT NOT NULL, severity INTEGER NOT NULL,
	body TEXT NOT NULL, PRIMARY KEY (file_id, check_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE audit_waiver(
	id TEXT PRIMARY KEY, facility TEXT NOT NULL, device TEXT NOT NULL, check_id TEXT NOT NULL, reason TEXT NOT NULL, until TEXT NOT NULL,
	made_at TEXT NOT NULL, made_by TEXT NOT NULL, ended_at TEXT NOT NULL DEFAULT '', ended_by TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX audit_waiver_device ON audit_waiver(device, check_id);
CREATE TABLE audit_declared(
	id TEXT PRIMARY KEY, facility TEXT NOT NULL, question TEXT NOT NULL, answer TEXT NOT NULL, who TEXT NOT NULL, done_on TEXT NOT NULL,
	note TEXT NOT NULL, recorded_at TEXT NOT NULL, recorded_by TEXT NOT NULL
) STRICT;
CREATE INDEX audit_declared_question ON audit_declared(question, recorded_at);
CREATE TABLE audit_snapshot(
	id TEXT PRIMARY KEY, facility TEXT NOT NULL, question TEXT NOT NULL, state TEXT NOT NULL, basis TEXT NOT NULL, at TEXT NOT NULL
) STRICT;
CREATE INDEX audit_snapshot_question ON audit_snapshot(question, at);
