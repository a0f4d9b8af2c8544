-- A configured source. One that was removed stays, because events name it.
CREATE TABLE logbook_source(
	id TEXT PRIMARY KEY, facility TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
	network TEXT NOT NULL, address TEXT NOT NULL, tls INTEGER NOT NULL, folder TEXT NOT NULL,
	token TEXT NOT NULL,     -- SHA-256 of the senders' token in hex, or empty
	zone TEXT NOT NULL,      -- IANA name, or empty for the hospital's
	format TEXT NOT NULL,    -- or empty: the source chooses
	max_line INTEGER NOT NULL,
	expect INTEGER NOT NULL, -- seconds it may be quiet; 0: learned, -1: as long as it likes
	senders INTEGER NOT NULL, -- 1: each sender is expected by itself too
	asset TEXT NOT NULL,     -- ID of the asset it stands for, or empty
	enabled INTEGER NOT NULL,
	made_at TEXT NOT NULL, changed_at TEXT NOT NULL, removed_at TEXT NOT NULL DEFAULT ''
) STRICT;

-- What Toride itself saw of a source (peer empty) and of its senders.
CREATE TABLE logbook_heard(
	source TEXT NOT NULL, peer TEXT NOT NULL, facility TEXT NOT NULL,
	since TEXT NOT NULL, last TEXT NOT NULL, -- the first and the last live record, by Toride's clock
	silent TEXT NOT NULL,                   -- since when it is called silent, or empty
	gaps TEXT NOT NULL,                     -- the widest gap of each of the last days, as JSON
	counts TEXT NOT NULL,                   -- as JSON
	PRIMARY KEY(source, peer)
) STRICT, WITHOUT ROWID;

-- Batches of the journal that were acknowledged and could not be read.
CREATE TABLE logbook_loss(
	facility TEXT NOT NULL, epoch INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, why TEXT NOT NULL, noticed_at TEXT NOT NULL,
	PRIMARY KEY(epoch, first)
) STRICT, WITHOUT ROWID;
