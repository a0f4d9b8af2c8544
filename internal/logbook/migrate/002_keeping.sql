-- For how long records are kept, as people decided; no row: the defaults.
CREATE TABLE logbook_keeping(
	facility TEXT PRIMARY KEY,
	days INTEGER NOT NULL,    -- of receipt
	reserve INTEGER NOT NULL, -- bytes of the disk that stay free; 0: by the size of the disk
	changed_at TEXT NOT NULL, changed_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;
