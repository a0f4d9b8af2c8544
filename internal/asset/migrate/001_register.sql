CREATE TABLE asset_asset(
	id TEXT PRIMARY KEY, facility TEXT NOT NULL, updated_at TEXT NOT NULL, removed_at TEXT NOT NULL DEFAULT '', search TEXT NOT NULL,
	name TEXT NOT NULL, number TEXT NOT NULL, kind TEXT NOT NULL, system TEXT NOT NULL, vendor TEXT NOT NULL, contract TEXT NOT NULL,
	place TEXT NOT NULL, department TEXT NOT NULL, maker TEXT NOT NULL, model TEXT NOT NULL, serial TEXT NOT NULL, os TEXT NOT NULL,
	version TEXT NOT NULL, address TEXT NOT NULL, mac TEXT NOT NULL, zone TEXT NOT NULL, priority INTEGER NOT NULL, impact TEXT NOT NULL,
	antivirus TEXT NOT NULL, end_of_support TEXT NOT NULL, note TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX asset_asset_number ON asset_asset(number) WHERE number <> '' AND removed_at = '';
CREATE INDEX asset_asset_name ON asset_asset(name, id);
CREATE INDEX asset_asset_system ON asset_asset(system);
CREATE INDEX asset_asset_vendor ON asset_asset(vendor);
CREATE TABLE asset_system(
	id TEXT PRIMARY KEY, facility TEXT NOT NULL, updated_at TEXT NOT NULL, removed_at TEXT NOT NULL DEFAULT '', search TEXT NOT NULL,
	name TEXT NOT NULL, class TEXT NOT NULL, department TEXT NOT NULL, vendor TEXT NOT NULL, priority INTEGER NOT NULL, impact TEXT NOT NULL,
	disclosure TEXT NOT NULL, disclosure_edition TEXT NOT NULL, note TEXT NOT NULL
) STRICT;
CREATE TABLE asset_vendor(
	id TEXT PRIMARY KEY, facility TEXT NOT NULL, updated_at TEXT NOT NULL, removed_at TEXT NOT NULL DEFAULT '', search TEXT NOT NULL,
	name TEXT NOT NULL, parent TEXT NOT NULL, role TEXT NOT NULL, day_contact TEXT NOT NULL, night_contact TEXT NOT NULL, mail TEXT NOT NULL,
	certificate TEXT NOT NULL, note TEXT NOT NULL
) STRICT;
CREATE TABLE asset_contract(
	id TEXT PRIMARY KEY, facility TEXT NOT NULL, updated_at TEXT NOT NULL, removed_at TEXT NOT NULL DEFAULT '', search TEXT NOT NULL,
	name TEXT NOT NULL, vendor TEXT NOT NULL, number TEXT NOT NULL, start_day TEXT NOT NULL, end_day TEXT NOT NULL, duty_split TEXT NOT NULL,
	clause TEXT NOT NULL, note TEXT NOT NULL
) STRICT;
CREATE TABLE asset_line(
	id TEXT PRIMARY KEY, facility TEXT NOT NULL, updated_at TEXT NOT NULL, removed_at TEXT NOT NULL DEFAULT '', search TEXT NOT NULL,
	name TEXT NOT NULL, kind TEXT NOT NULL, asset TEXT NOT NULL, maker TEXT NOT NULL, model TEXT NOT NULL, os TEXT NOT NULL, version TEXT NOT NULL,
	place TEXT NOT NULL, port TEXT NOT NULL, owner_party TEXT NOT NULL, patch_party TEXT NOT NULL, vendor TEXT NOT NULL, contract TEXT NOT NULL,
	purpose TEXT NOT NULL, hours TEXT NOT NULL, hours_note TEXT NOT NULL, rdp TEXT NOT NULL, destinations TEXT NOT NULL,
	source_limit TEXT NOT NULL, sources TEXT NOT NULL, mfa TEXT NOT NULL, note TEXT NOT NULL
) STRICT;
CREATE TABLE asset_duty(
	object TEXT NOT NULL, facility TEXT NOT NULL, kind TEXT NOT NULL, party TEXT NOT NULL, note TEXT NOT NULL,
	PRIMARY KEY(object, kind)
) STRICT;
CREATE TABLE asset_change(
	id INTEGER PRIMARY KEY, facility TEXT NOT NULL, batch TEXT NOT NULL, object TEXT NOT NULL, field TEXT NOT NULL,
	old TEXT NOT NULL, new TEXT NOT NULL, source TEXT NOT NULL, place TEXT NOT NULL, actor TEXT NOT NULL, at TEXT NOT NULL,
	undone INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX asset_change_object ON asset_change(object, id);
CREATE INDEX asset_change_batch ON asset_change(batch);
