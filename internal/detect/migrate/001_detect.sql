-- How far the journal was taken: commit is what findings include, mark is from
-- where the memory of correlations can be rebuilt.
CREATE TABLE detect_state(
	one INTEGER PRIMARY KEY CHECK (one = 1), facility TEXT NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL,
	mark_epoch INTEGER NOT NULL, mark_seq INTEGER NOT NULL, snapshot BLOB
) STRICT;
CREATE TABLE detect_pack(
	id TEXT PRIMARY KEY, facility TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL, digest TEXT NOT NULL, rules INTEGER NOT NULL,
	manifest TEXT NOT NULL, bundle BLOB NOT NULL, state TEXT NOT NULL, installed_at TEXT NOT NULL, installed_by TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX detect_pack_active ON detect_pack(facility, name) WHERE state = 'active';
CREATE TABLE detect_level(
	facility TEXT NOT NULL, pack TEXT NOT NULL, level INTEGER NOT NULL, is_on INTEGER NOT NULL,
	PRIMARY KEY (pack, level)
) STRICT, WITHOUT ROWID;
CREATE TABLE detect_switch(
	rule TEXT PRIMARY KEY, facility TEXT NOT NULL, is_on INTEGER NOT NULL, at TEXT NOT NULL, by TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE detect_alert(
	id TEXT PRIMARY KEY, facility TEXT NOT NULL, no INTEGER NOT NULL, key TEXT NOT NULL, family TEXT NOT NULL, rule TEXT NOT NULL,
	level INTEGER NOT NULL, state TEXT NOT NULL, retro INTEGER NOT NULL, host TEXT NOT NULL, entity TEXT NOT NULL,
	first_at TEXT NOT NULL, last_at TEXT NOT NULL, opened_at TEXT NOT NULL, count INTEGER NOT NULL, story TEXT NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE INDEX detect_alert_key ON detect_alert(key, last_at);
CREATE INDEX detect_alert_story ON detect_alert(story);
CREATE INDEX detect_alert_last ON detect_alert(last_at);
CREATE INDEX detect_alert_state ON detect_alert(state, level);
CREATE UNIQUE INDEX detect_alert_no ON detect_alert(facility, no);
CREATE TABLE detect_hit(
	alert TEXT NOT NULL, rule TEXT NOT NULL, facility TEXT NOT NULL, count INTEGER NOT NULL,
	PRIMARY KEY (alert, rule)
) STRICT, WITHOUT ROWID;
CREATE INDEX detect_hit_rule ON detect_hit(rule, alert);
CREATE TABLE detect_sample(
	alert TEXT NOT NULL, slot INTEGER NOT NULL, facility TEXT NOT NULL, body TEXT NOT NULL,
	PRIMARY KEY (alert, slot)
) STRICT, WITHOUT ROWID;
CREATE TABLE detect_story(
	id TEXT PRIMARY KEY, facility TEXT NOT NULL, no INTEGER NOT NULL, state TEXT NOT NULL, level INTEGER NOT NULL, retro INTEGER NOT NULL,
	first_at TEXT NOT NULL, last_at TEXT NOT NULL, opened_at TEXT NOT NULL, size INTEGER NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE INDEX detect_story_state ON detect_story(state, level);
CREATE INDEX detect_story_last ON detect_story(last_at);
CREATE UNIQUE INDEX detect_story_no ON detect_story(facility, no);
CREATE TABLE detect_exception(
	id TEXT PRIMARY KEY, facility TEXT NOT NULL, rule TEXT NOT NULL, host TEXT NOT NULL, account TEXT NOT NULL, source TEXT NOT NULL,
	until_at TEXT NOT NULL, ended_at TEXT NOT NULL, hidden INTEGER NOT NULL, hidden_at TEXT NOT NULL, body TEXT NOT NULL
) STRICT;
-- How often each rule matched, whether it is on or off: its noise.
CREATE TABLE detect_count(
	rule TEXT NOT NULL, day TEXT NOT NULL, facility TEXT NOT NULL, n INTEGER NOT NULL, hidden INTEGER NOT NULL,
	PRIMARY KEY (rule, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX detect_count_day ON detect_count(day);
CREATE TABLE detect_seen(id TEXT PRIMARY KEY, facility TEXT NOT NULL, last_at TEXT NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE detect_pair(
	space TEXT NOT NULL, key TEXT NOT NULL, facility TEXT NOT NULL, first_at TEXT NOT NULL,
	PRIMARY KEY (space, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE detect_account(
	name TEXT PRIMARY KEY, facility TEXT NOT NULL, vendor TEXT NOT NULL, note TEXT NOT NULL, at TEXT NOT NULL, by TEXT NOT NULL
) STRICT, WITHOUT ROWID;
-- What trying rules on stored days came to.
CREATE TABLE detect_trial(
	scope TEXT PRIMARY KEY, facility TEXT NOT NULL, at TEXT NOT NULL, body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
