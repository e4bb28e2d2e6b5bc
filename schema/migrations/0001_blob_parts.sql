CREATE TABLE `blob_parts` (
	`sha256` text NOT NULL,
	`part` integer NOT NULL,
	`parts` integer NOT NULL,
	`bytes` integer NOT NULL,
	`body` blob NOT NULL,
	PRIMARY KEY(`sha256`, `part`)
);
