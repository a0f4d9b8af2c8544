CREATE TABLE ledger_facility(
	one INTEGER PRIMARY KEY CHECK(one = 1),
	id  TEXT NOT NULL
) STRICT;
CREATE TABLE ledger_entry(
	seq      INTEGER PRIMARY KEY,
	facility TEXT NOT NULL,
	at       TEXT NOT NULL, -- RFC 3339, UTC, nanoseconds
	actor_id TEXT NOT NULL,
	actor    TEXT NOT NULL,
	via      TEXT NOT NULL,
	action   TEXT NOT NULL,
	subject  TEXT NOT NULL,
	detail   TEXT NOT NULL,
	prev     TEXT NOT NULL,
	hash     TEXT NOT NULL
) STRICT;
CREATE INDEX ledger_entry_subject ON ledger_entry(subject, seq);
CREATE INDEX ledger_entry_action ON ledger_entry(action, seq);
CREATE TRIGGER ledger_entry_keep BEFORE UPDATE ON ledger_entry
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_entry_stay BEFORE DELETE ON ledger_entry
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
