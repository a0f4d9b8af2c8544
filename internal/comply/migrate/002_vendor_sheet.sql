-- The vendors' form, one for each vendor, system and year.
CREATE TABLE comply_vendor_sheet(
	id        TEXT PRIMARY KEY,
	facility  TEXT NOT NULL,
	catalogue TEXT NOT NULL,
	fy        INTEGER NOT NULL,
	vendor    TEXT NOT NULL, -- id in the register
	name      TEXT NOT NULL, -- the vendor's name when the sheet was made
	system    TEXT NOT NULL, -- departmental system, or empty for all
	sent      TEXT NOT NULL, -- 2006-01-02 or empty
	due       TEXT NOT NULL,
	answered  TEXT NOT NULL,
	person    TEXT NOT NULL, -- who answered at the vendor
	note      TEXT NOT NULL,
	at        TEXT NOT NULL,
	actor     TEXT NOT NULL,
	UNIQUE(catalogue, fy, vendor, system)
) STRICT;
CREATE TABLE comply_vendor_answer(
	n         INTEGER PRIMARY KEY AUTOINCREMENT,
	facility  TEXT NOT NULL,
	sheet     TEXT NOT NULL REFERENCES comply_vendor_sheet(id),
	topic     TEXT NOT NULL,
	value     TEXT NOT NULL CHECK(value IN ('', 'yes', 'no')),
	confirmed TEXT NOT NULL,
	target    TEXT NOT NULL,
	note      TEXT NOT NULL,
	source    TEXT NOT NULL, -- typed, or the name of the file it came from
	at        TEXT NOT NULL,
	actor     TEXT NOT NULL
) STRICT;
CREATE INDEX comply_vendor_answer_sheet ON comply_vendor_answer(sheet, topic, n);
