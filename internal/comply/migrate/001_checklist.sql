-- Catalogues that the hospital imported; the newest import of an id counts.
CREATE TABLE comply_catalogue(
	n        INTEGER PRIMARY KEY AUTOINCREMENT,
	facility TEXT NOT NULL,
	id       TEXT NOT NULL, -- mhlw-cl-r8
	data     TEXT NOT NULL, -- the whole catalogue as JSON
	file     TEXT NOT NULL,
	sha256   TEXT NOT NULL,
	sheet    TEXT NOT NULL,
	at       TEXT NOT NULL, -- RFC 3339, UTC
	actor    TEXT NOT NULL
) STRICT;
CREATE INDEX comply_catalogue_id ON comply_catalogue(id, n);

-- A workbook between its reading and its confirmation.
CREATE TABLE comply_upload(
	id       TEXT PRIMARY KEY,
	facility TEXT NOT NULL,
	name     TEXT NOT NULL,
	sha256   TEXT NOT NULL,
	data     BLOB NOT NULL,
	actor_id TEXT NOT NULL,
	at       TEXT NOT NULL
) STRICT;

-- Answers, append-only; the last one of a key counts.
CREATE TABLE comply_answer(
	n         INTEGER PRIMARY KEY AUTOINCREMENT,
	facility  TEXT NOT NULL,
	catalogue TEXT NOT NULL,
	fy        INTEGER NOT NULL,
	sheet     TEXT NOT NULL,
	topic     TEXT NOT NULL,
	value     TEXT NOT NULL CHECK(value IN ('', 'yes', 'no')),
	confirmed TEXT NOT NULL, -- 2006-01-02 or empty
	target    TEXT NOT NULL,
	who       TEXT NOT NULL,
	note      TEXT NOT NULL,
	copied    INTEGER NOT NULL,
	at        TEXT NOT NULL,
	actor_id  TEXT NOT NULL,
	actor     TEXT NOT NULL
) STRICT;
CREATE INDEX comply_answer_key ON comply_answer(catalogue, fy, sheet, topic, n);
CREATE TRIGGER comply_answer_keep BEFORE UPDATE ON comply_answer
BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END;
CREATE TRIGGER comply_answer_stay BEFORE DELETE ON comply_answer
BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END;

-- Documents that an inspector asks for: where they are, and a copy if wanted.
CREATE TABLE comply_document(
	id       TEXT PRIMARY KEY,
	facility TEXT NOT NULL,
	topic    TEXT NOT NULL,
	title    TEXT NOT NULL,
	place    TEXT NOT NULL, -- where the paper or file is kept
	day      TEXT NOT NULL, -- of the edition, 2006-01-02 or empty
	note     TEXT NOT NULL,
	file     TEXT NOT NULL, -- name of the copy, or empty
	size     INTEGER NOT NULL,
	sha256   TEXT NOT NULL,
	content  BLOB,
	at       TEXT NOT NULL,
	actor    TEXT NOT NULL,
	removed  TEXT NOT NULL DEFAULT '' -- when it was taken out, or empty
) STRICT;
CREATE INDEX comply_document_topic ON comply_document(topic, removed);

-- The responsible officer, append-only; the last one counts.
CREATE TABLE comply_officer(
	n        INTEGER PRIMARY KEY AUTOINCREMENT,
	facility TEXT NOT NULL,
	name     TEXT NOT NULL,
	post     TEXT NOT NULL,
	since    TEXT NOT NULL,
	duties   TEXT NOT NULL,
	letter   TEXT NOT NULL, -- appointment record: number, place
	note     TEXT NOT NULL,
	at       TEXT NOT NULL,
	actor    TEXT NOT NULL
) STRICT;

-- Figures of the radar that somebody kept, to compare with later ones.
CREATE TABLE comply_radar(
	n        INTEGER PRIMARY KEY AUTOINCREMENT,
	facility TEXT NOT NULL,
	levels   TEXT NOT NULL, -- JSON
	at       TEXT NOT NULL,
	actor    TEXT NOT NULL
) STRICT;
