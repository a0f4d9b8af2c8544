-- Times are Unix milliseconds (UTC), 0 for never. Tokens and codes on paper are
-- kept as SHA-256 in hex, passwords as argon2id, seeds sealed.

CREATE TABLE identity_hospital (
  facility   TEXT PRIMARY KEY,
  name       TEXT NOT NULL,
  kana       TEXT NOT NULL,
  beds       INTEGER NOT NULL,
  prefecture TEXT NOT NULL,
  set_up_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE identity_policy (
  facility TEXT NOT NULL,
  name     TEXT NOT NULL,
  value    INTEGER NOT NULL,
  PRIMARY KEY (facility, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE identity_person (
  id           TEXT PRIMARY KEY,
  facility     TEXT NOT NULL,
  login        TEXT NOT NULL UNIQUE,
  name         TEXT NOT NULL,
  vendor       TEXT NOT NULL DEFAULT '',
  lang         TEXT NOT NULL DEFAULT '',
  state        TEXT NOT NULL CHECK (state IN ('invited', 'active', 'disabled')),
  password     TEXT NOT NULL DEFAULT '',
  seed         BLOB,
  step         INTEGER NOT NULL DEFAULT 0,
  created_at   INTEGER NOT NULL,
  password_at  INTEGER NOT NULL DEFAULT 0,
  signin_at    INTEGER NOT NULL DEFAULT 0,
  locks        INTEGER NOT NULL DEFAULT 0,
  locked_until INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE identity_person_role (
  facility TEXT NOT NULL,
  person   TEXT NOT NULL REFERENCES identity_person(id),
  role     TEXT NOT NULL,
  PRIMARY KEY (person, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX identity_person_role_by_role ON identity_person_role(role);

-- Only roles that were edited or made by the hospital stand here; the others
-- follow the program, so that a new version's rights reach them.
CREATE TABLE identity_role (
  id        TEXT PRIMARY KEY,
  facility  TEXT NOT NULL,
  name      TEXT NOT NULL,
  perms     TEXT NOT NULL,
  edited_at INTEGER NOT NULL
) STRICT;

CREATE TABLE identity_recovery (
  hash     TEXT PRIMARY KEY,
  facility TEXT NOT NULL,
  person   TEXT NOT NULL REFERENCES identity_person(id),
  used_at  INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX identity_recovery_by_person ON identity_recovery(person);

CREATE TABLE identity_link (
  hash       TEXT PRIMARY KEY,
  facility   TEXT NOT NULL,
  kind       TEXT NOT NULL CHECK (kind IN ('setup', 'invite', 'second', 'demo')),
  person     TEXT NOT NULL DEFAULT '',
  made_at    INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at    INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX identity_link_by_person ON identity_link(person);

CREATE TABLE identity_envelope (
  id       TEXT PRIMARY KEY,
  facility TEXT NOT NULL,
  number   INTEGER NOT NULL UNIQUE,
  hash     TEXT NOT NULL UNIQUE,
  roles    TEXT NOT NULL,
  made_at  INTEGER NOT NULL,
  made_by  TEXT NOT NULL,
  used_at  INTEGER NOT NULL DEFAULT 0,
  void_at  INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE identity_glass (
  id         TEXT PRIMARY KEY,
  facility   TEXT NOT NULL,
  envelope   TEXT NOT NULL REFERENCES identity_envelope(id),
  number     INTEGER NOT NULL,
  name       TEXT NOT NULL,
  reason     TEXT NOT NULL,
  roles      TEXT NOT NULL,
  from_addr  TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  until      INTEGER NOT NULL,
  ended_at   INTEGER NOT NULL DEFAULT 0,
  ack_at     INTEGER NOT NULL DEFAULT 0,
  ack_by     TEXT NOT NULL DEFAULT '',
  ack_text   TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE identity_session (
  hash       TEXT PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE,
  facility   TEXT NOT NULL,
  person     TEXT NOT NULL DEFAULT '',
  glass      TEXT NOT NULL DEFAULT '',
  started_at INTEGER NOT NULL,
  seen_at    INTEGER NOT NULL,
  from_addr  TEXT NOT NULL,
  agent      TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX identity_session_by_person ON identity_session(person);
