-- who imported, by account; how many may read charts, or have a PIN of the
-- list's, since; whether the rights of who imported changed with it
ALTER TABLE staff_import ADD COLUMN by_id TEXT NOT NULL DEFAULT '';
ALTER TABLE staff_import ADD COLUMN gained INTEGER NOT NULL DEFAULT 0;
ALTER TABLE staff_import ADD COLUMN own INTEGER NOT NULL DEFAULT 0;
