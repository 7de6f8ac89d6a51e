CREATE TABLE IF NOT EXISTS servicenow_connection (
	tenant         VARBINARY(255) NOT NULL PRIMARY KEY,
	version        VARBINARY(64)  NOT NULL,
	format         INTEGER        NOT NULL,
	token          LONGBLOB,
	connection     LONGBLOB,
	access_expiry  BIGINT,
	refresh_expiry BIGINT,
	refused        BLOB           NOT NULL,
	failures       INTEGER        NOT NULL,
	not_before     BIGINT,
	lease_holder   BLOB           NOT NULL,
	lease_until    BIGINT,
	warned         BIGINT         NOT NULL
) ENGINE = InnoDB;
