CREATE TABLE copy_job(
	id TEXT PRIMARY KEY, facility TEXT NOT NULL, name TEXT NOT NULL, source TEXT NOT NULL, enabled INTEGER NOT NULL, every_hours INTEGER NOT NULL, at_minute INTEGER NOT NULL,
	day_from INTEGER NOT NULL, day_to INTEGER NOT NULL, day_files INTEGER NOT NULL, day_mb INTEGER NOT NULL, night_files INTEGER NOT NULL, night_mb INTEGER NOT NULL,
	keep_days INTEGER NOT NULL, keep_weeks INTEGER NOT NULL, keep_least INTEGER NOT NULL, max_age INTEGER NOT NULL, rereads INTEGER NOT NULL, turn INTEGER NOT NULL
) STRICT;
CREATE TABLE copy_medium(
	id TEXT PRIMARY KEY, facility TEXT NOT NULL, vault TEXT NOT NULL, label TEXT NOT NULL, place TEXT NOT NULL, path TEXT NOT NULL, attached INTEGER NOT NULL, since TEXT NOT NULL, holder TEXT NOT NULL,
	rotate_days INTEGER NOT NULL, retired TEXT NOT NULL, generation TEXT NOT NULL, made TEXT NOT NULL, verified TEXT NOT NULL, damaged TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX copy_medium_vault ON copy_medium(vault);
CREATE TABLE copy_run(
	id TEXT PRIMARY KEY, facility TEXT NOT NULL, job TEXT NOT NULL, medium TEXT NOT NULL, planned TEXT NOT NULL, begun TEXT NOT NULL, ended TEXT NOT NULL, state TEXT NOT NULL,
	generation TEXT NOT NULL, report TEXT NOT NULL, error TEXT NOT NULL
) STRICT;
CREATE INDEX copy_run_begun ON copy_run(begun);
CREATE TABLE copy_generation(
	vault TEXT NOT NULL, generation TEXT NOT NULL, facility TEXT NOT NULL, made TEXT NOT NULL, as_of TEXT NOT NULL, files INTEGER NOT NULL, bytes INTEGER NOT NULL, verdict TEXT NOT NULL,
	at_run TEXT NOT NULL, checked TEXT NOT NULL, judgement TEXT NOT NULL, accepted TEXT NOT NULL, removed TEXT NOT NULL, PRIMARY KEY (vault, generation)
) STRICT;
CREATE TABLE copy_check(
	id TEXT PRIMARY KEY, facility TEXT NOT NULL, medium TEXT NOT NULL, who TEXT NOT NULL, begun TEXT NOT NULL, ended TEXT NOT NULL, state TEXT NOT NULL, depth TEXT NOT NULL, result TEXT NOT NULL, error TEXT NOT NULL
) STRICT;
CREATE TABLE copy_key(
	id TEXT PRIMARY KEY, facility TEXT NOT NULL, made TEXT NOT NULL, who TEXT NOT NULL, holders TEXT NOT NULL, need INTEGER NOT NULL, envelope BLOB, tested TEXT NOT NULL, tester TEXT NOT NULL, retired TEXT NOT NULL
) STRICT;
CREATE TABLE copy_override(
	id TEXT PRIMARY KEY, facility TEXT NOT NULL, vault TEXT NOT NULL, generation TEXT NOT NULL, what TEXT NOT NULL, physician TEXT NOT NULL, physician_why TEXT NOT NULL, it TEXT NOT NULL, it_why TEXT NOT NULL,
	at TEXT NOT NULL, until TEXT NOT NULL, ended TEXT NOT NULL
) STRICT;
CREATE INDEX copy_override_generation ON copy_override(vault, generation);
