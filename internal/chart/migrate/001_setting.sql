CREATE TABLE chart_setting(
	facility TEXT NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL, PRIMARY KEY (facility, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE chart_switch(
	id TEXT PRIMARY KEY, facility TEXT NOT NULL, what TEXT NOT NULL, on_ INTEGER NOT NULL, name TEXT NOT NULL, post TEXT NOT NULL,
	day TEXT NOT NULL, at TEXT NOT NULL, by TEXT NOT NULL
) STRICT;
CREATE INDEX chart_switch_what ON chart_switch(what, id);
