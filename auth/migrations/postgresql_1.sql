CREATE TABLE IF NOT EXISTS servicenow_connection (
	tenant         TEXT COLLATE "C" PRIMARY KEY,
	version        TEXT     NOT NULL,
	format         INTEGER  NOT NULL,
	token          BYTEA,
	connection     BYTEA,
	access_expiry  BIGINT,
	refresh_expiry BIGINT,
	refused        TEXT     NOT NULL,
	failures       INTEGER  NOT NULL,
	not_before     BIGINT,
	lease_holder   TEXT     NOT NULL,
	lease_until    BIGINT,
	warned         BIGINT   NOT NULL
);
