CREATE TABLE exposure_feed(
	id TEXT PRIMARY KEY, facility TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL, released TEXT NOT NULL,
	sha256 TEXT NOT NULL, size INTEGER NOT NULL, entries INTEGER NOT NULL, imported_at TEXT NOT NULL, imported_by TEXT NOT NULL
) STRICT;
CREATE TABLE exposure_kev(
	facility TEXT NOT NULL, cve TEXT NOT NULL, vendor TEXT NOT NULL, product TEXT NOT NULL, name TEXT NOT NULL, added TEXT NOT NULL,
	due TEXT NOT NULL, short TEXT NOT NULL, action TEXT NOT NULL, notes TEXT NOT NULL, ransomware INTEGER NOT NULL,
	PRIMARY KEY (facility, cve)
) STRICT, WITHOUT ROWID;
CREATE TABLE exposure_case(
	id TEXT PRIMARY KEY, facility TEXT NOT NULL, target TEXT NOT NULL, cve TEXT NOT NULL, name TEXT NOT NULL,
	version TEXT NOT NULL, matched INTEGER NOT NULL, opened_at TEXT NOT NULL, since TEXT NOT NULL,
	closed_at TEXT NOT NULL DEFAULT '', closed_why TEXT NOT NULL DEFAULT '', closed_by TEXT NOT NULL DEFAULT '', times INTEGER NOT NULL DEFAULT 1,
	UNIQUE (facility, target, cve)
) STRICT;
CREATE TABLE exposure_step(
	id TEXT PRIMARY KEY, facility TEXT NOT NULL, case_id TEXT NOT NULL REFERENCES exposure_case(id), step TEXT NOT NULL,
	done_on TEXT NOT NULL, who TEXT NOT NULL, evidence TEXT NOT NULL, version TEXT NOT NULL, recorded_at TEXT NOT NULL, recorded_by TEXT NOT NULL
) STRICT;
CREATE INDEX exposure_step_case ON exposure_step(case_id, recorded_at);
