CREATE TABLE IF NOT EXISTS servicenow_checkpoint (
	feed       VARBINARY(255) NOT NULL PRIMARY KEY,
	version    VARBINARY(64)  NOT NULL,
	format     INTEGER        NOT NULL,
	checkpoint LONGBLOB       NOT NULL
) ENGINE = InnoDB;
