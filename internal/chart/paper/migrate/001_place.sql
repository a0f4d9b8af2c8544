-- A place is a folder near a printer that sheets are put into, made ahead.
CREATE TABLE paper_place (
  id       TEXT PRIMARY KEY,
  facility TEXT NOT NULL,
  name     TEXT NOT NULL,              -- as people call it: 3階東 ナースステーション PC
  folder   TEXT NOT NULL,
  body     TEXT NOT NULL               -- JSON: wards, forms, every, keep, lang, large
) STRICT;
CREATE UNIQUE INDEX paper_place_folder ON paper_place(facility, folder);

-- What the last rounds of a place came to. Not an act of a person: a round is
-- recorded, not written into the ledger's chain.
CREATE TABLE paper_round (
  place    TEXT NOT NULL REFERENCES paper_place(id) ON DELETE CASCADE,
  facility TEXT NOT NULL,
  at       TEXT NOT NULL,              -- begun, UTC
  good     INTEGER NOT NULL,
  body     TEXT NOT NULL,              -- JSON: as-of time, files, patients, pages, what went wrong
  PRIMARY KEY (place, at)
) STRICT;
