-- An incident is a head and its records. The head repeats what lists need; the
-- records are the truth: they are only ever appended, and everything else is
-- computed from them.
CREATE TABLE incident_case (
  id          TEXT PRIMARY KEY,
  facility    TEXT NOT NULL,
  no          INTEGER NOT NULL,          -- counts up within the facility
  kind        TEXT NOT NULL,
  title       TEXT NOT NULL,
  drill       INTEGER NOT NULL,
  zero        TEXT NOT NULL,
  phase       TEXT NOT NULL,
  commander   TEXT NOT NULL,
  declared_at TEXT NOT NULL,
  closed_at   TEXT NOT NULL DEFAULT '',
  UNIQUE (facility, no)
) STRICT;
CREATE INDEX incident_case_open ON incident_case(facility, closed_at, declared_at);

CREATE TABLE incident_record (
  id       TEXT PRIMARY KEY,
  facility TEXT NOT NULL,
  incident TEXT NOT NULL REFERENCES incident_case(id),
  seq      INTEGER NOT NULL,             -- order in which records were written
  kind     TEXT NOT NULL,
  at       TEXT NOT NULL,                -- when it happened, as told
  entered  TEXT NOT NULL,                -- when it was written, by this box's clock
  actor    TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  body     TEXT NOT NULL,                -- JSON
  UNIQUE (incident, seq)
) STRICT;

CREATE TABLE incident_contact (
  facility   TEXT NOT NULL,
  slot       TEXT NOT NULL,              -- slot of the shipped tree, or a UUID
  side       TEXT NOT NULL,
  name       TEXT NOT NULL,
  person     TEXT NOT NULL,
  phone      TEXT NOT NULL,
  night      TEXT NOT NULL,
  mail       TEXT NOT NULL,
  url        TEXT NOT NULL,
  note       TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  changed_by TEXT NOT NULL,
  checked_at TEXT NOT NULL DEFAULT '',
  checked_by TEXT NOT NULL DEFAULT '',
  removed_at TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (facility, slot)
) STRICT;

CREATE TABLE incident_holiday (
  facility TEXT NOT NULL,
  day      TEXT NOT NULL,
  name     TEXT NOT NULL,
  source   TEXT NOT NULL,
  added_at TEXT NOT NULL,
  added_by TEXT NOT NULL,
  PRIMARY KEY (facility, day)
) STRICT;

CREATE TABLE incident_print (
  id       TEXT PRIMARY KEY,
  facility TEXT NOT NULL,
  what     TEXT NOT NULL,
  at       TEXT NOT NULL,
  actor    TEXT NOT NULL,
  place    TEXT NOT NULL                 -- where the paper is kept
) STRICT;
CREATE INDEX incident_print_at ON incident_print(facility, what, at);
