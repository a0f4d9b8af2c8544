-- body is the whole request as JSON; the columns beside it are what lists and
-- questions choose by. Times are UTC, 2026-11-02T01:00:00Z, so that they sort.
CREATE TABLE access_request(
	id TEXT PRIMARY KEY, facility TEXT NOT NULL, year INTEGER NOT NULL, seq INTEGER NOT NULL,
	vendor TEXT NOT NULL, line TEXT NOT NULL, state TEXT NOT NULL, emergency INTEGER NOT NULL,
	from_at TEXT NOT NULL, until_at TEXT NOT NULL, opened_at TEXT NOT NULL, closed_at TEXT NOT NULL,
	approved INTEGER NOT NULL, -- 1 when somebody approved it, beforehand or afterwards
	result TEXT NOT NULL,      -- of the newest review, or empty
	live INTEGER NOT NULL,     -- 1 while somebody must still do something: asked to closed, or a question open
	version INTEGER NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX access_request_number ON access_request(year, seq);
CREATE INDEX access_request_state ON access_request(state, from_at);
CREATE INDEX access_request_line ON access_request(line, from_at);
CREATE INDEX access_request_vendor ON access_request(vendor, from_at);
CREATE INDEX access_request_live ON access_request(from_at) WHERE live = 1;
CREATE INDEX access_request_opened ON access_request(opened_at) WHERE opened_at <> '';
CREATE INDEX access_request_from ON access_request(from_at);

-- the story of a request: what was undone stays here
CREATE TABLE access_event(
	id INTEGER PRIMARY KEY, facility TEXT NOT NULL, request TEXT NOT NULL REFERENCES access_request(id),
	step TEXT NOT NULL, at TEXT NOT NULL, actor_id TEXT NOT NULL, actor TEXT NOT NULL,
	note TEXT NOT NULL, until_at TEXT NOT NULL, state TEXT NOT NULL
) STRICT;
CREATE INDEX access_event_request ON access_event(request, id);

CREATE TABLE access_card(
	line TEXT PRIMARY KEY, facility TEXT NOT NULL, body TEXT NOT NULL
) STRICT;

-- the photograph of a socket, always re-encoded by Toride
CREATE TABLE access_photo(
	line TEXT PRIMARY KEY, facility TEXT NOT NULL, added_at TEXT NOT NULL, added_by TEXT NOT NULL,
	width INTEGER NOT NULL, height INTEGER NOT NULL, jpeg BLOB NOT NULL
) STRICT;
