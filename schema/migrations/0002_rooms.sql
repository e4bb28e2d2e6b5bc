CREATE TABLE `drafts` (
	`project` text NOT NULL,
	`name` text NOT NULL,
	`owner_id` text NOT NULL,
	`revision` integer NOT NULL,
	`runtime` text NOT NULL,
	`entry` text,
	`updated_at` integer NOT NULL,
	`settings` text NOT NULL,
	`files` text NOT NULL,
	PRIMARY KEY(`project`, `name`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `drafts_owner` ON `drafts` (`owner_id`);--> statement-breakpoint
CREATE TABLE `events` (
	`id` integer PRIMARY KEY NOT NULL,
	`project` text NOT NULL,
	`topic` text NOT NULL,
	`subject` text NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `rollups` (
	`project` text NOT NULL,
	`at` integer NOT NULL,
	`name` text NOT NULL,
	`duration_class` integer NOT NULL,
	`ok` integer NOT NULL,
	`failed` integer NOT NULL,
	`last_at` integer NOT NULL,
	PRIMARY KEY(`project`, `at`, `name`, `duration_class`)
);
--> statement-breakpoint
CREATE INDEX `rollups_at` ON `rollups` (`at`);--> statement-breakpoint
-- A table anew, not an added column: that would stand behind the chunk itself, and reading it would read the chunk.
CREATE TABLE `__new_log_chunks` (
	`execution_id` text NOT NULL,
	`fence` integer NOT NULL,
	`first_seq` integer NOT NULL,
	`last_seq` integer NOT NULL,
	`attempt` integer NOT NULL,
	`raw_bytes` integer NOT NULL,
	`total_bytes` integer NOT NULL,
	`created_at` integer NOT NULL,
	`data` blob NOT NULL,
	PRIMARY KEY(`execution_id`, `fence`, `first_seq`)
);
--> statement-breakpoint
INSERT INTO `__new_log_chunks` SELECT `execution_id`, `fence`, `first_seq`, `last_seq`, `attempt`, `raw_bytes`,
	sum(max(`last_seq` - `first_seq` + 1, `raw_bytes` - 80 * (`last_seq` - `first_seq` + 1)))
		OVER (PARTITION BY `execution_id`, `fence` ORDER BY `first_seq`), `created_at`, `data` FROM `log_chunks`;
--> statement-breakpoint
DROP TABLE `log_chunks`;
--> statement-breakpoint
ALTER TABLE `__new_log_chunks` RENAME TO `log_chunks`;
