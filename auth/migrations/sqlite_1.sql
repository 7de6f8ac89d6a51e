CREATE TABLE IF NOT EXISTS servicenow_connection (
	tenant         TEXT    NOT NULL PRIMARY KEY,
	version        TEXT    NOT NULL,
	format         INTEGER NOT NULL,
	token          BLOB,
	connection     BLOB,
	access_expiry  INTEGER,
	refresh_expiry INTEGER,
	refused        TEXT    NOT NULL,
	failures       INTEGER NOT NULL,
	not_before     INTEGER,
	lease_holder   TEXT    NOT NULL,
	lease_until    INTEGER,
	warned         INTEGER NOT NULL
) WITHOUT ROWID;
