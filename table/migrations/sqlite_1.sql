CREATE TABLE IF NOT EXISTS servicenow_checkpoint (
	feed       TEXT    NOT NULL PRIMARY KEY,
	version    TEXT    NOT NULL,
	format     INTEGER NOT NULL,
	checkpoint TEXT    NOT NULL
) WITHOUT ROWID;
