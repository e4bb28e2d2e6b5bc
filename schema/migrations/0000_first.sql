CREATE TABLE `audit` (
	`project` text NOT NULL,
	`seq` integer NOT NULL,
	`at` integer NOT NULL,
	`actor_kind` text NOT NULL,
	`actor_id` text NOT NULL,
	`actor_name` text NOT NULL,
	`action` text NOT NULL,
	`target` text,
	`outcome` text NOT NULL,
	`code` text,
	`address` text,
	`request_id` text,
	`before` text,
	`after` text,
	`details` text,
	`prev` text NOT NULL,
	`hash` text NOT NULL,
	PRIMARY KEY(`project`, `seq`)
);
--> statement-breakpoint
CREATE INDEX `audit_at` ON `audit` (`project`,`at`);--> statement-breakpoint
CREATE INDEX `audit_actor` ON `audit` (`project`,`actor_id`,`seq`);--> statement-breakpoint
CREATE INDEX `audit_action` ON `audit` (`project`,`action`,`seq`);--> statement-breakpoint
CREATE INDEX `audit_target` ON `audit` (`project`,`target`,`seq`);--> statement-breakpoint
CREATE TABLE `audit_pending` (
	`id` text PRIMARY KEY NOT NULL,
	`project` text NOT NULL,
	`at` integer NOT NULL,
	`done` integer NOT NULL,
	`entry` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_pending_project` ON `audit_pending` (`project`,`done`);--> statement-breakpoint
CREATE TABLE `facts` (
	`name` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `keys` (
	`id` text PRIMARY KEY NOT NULL,
	`project` text NOT NULL,
	`name` text NOT NULL,
	`prefix` text NOT NULL,
	`digest` text NOT NULL,
	`scopes` text NOT NULL,
	`owner_id` text,
	`created_by` text,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`revoked_at` integer,
	`rate_limit` integer,
	`quotas` text,
	`last_used_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `keys_digest` ON `keys` (`digest`);--> statement-breakpoint
CREATE UNIQUE INDEX `keys_name` ON `keys` (`project`,`name`);--> statement-breakpoint
CREATE TABLE `sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`digest` text NOT NULL,
	`project` text NOT NULL,
	`key_id` text,
	`user_id` text,
	`user_agent` text,
	`address` text,
	`created_at` integer NOT NULL,
	`last_seen_at` integer NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `sessions_digest` ON `sessions` (`digest`);--> statement-breakpoint
CREATE INDEX `sessions_user` ON `sessions` (`user_id`);--> statement-breakpoint
CREATE INDEX `sessions_key` ON `sessions` (`key_id`);--> statement-breakpoint
CREATE TABLE `blob_parts` (
	`sha256` text NOT NULL,
	`part` integer NOT NULL,
	`parts` integer NOT NULL,
	`bytes` integer NOT NULL,
	`stored_at` integer NOT NULL,
	`body` blob NOT NULL,
	PRIMARY KEY(`sha256`, `part`)
);
--> statement-breakpoint
CREATE TABLE `callbacks` (
	`execution_id` text PRIMARY KEY NOT NULL,
	`project` text NOT NULL,
	`url` text NOT NULL,
	`status` text NOT NULL,
	`created_at` integer NOT NULL,
	`next_at` integer NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`tries` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `callbacks_due` ON `callbacks` (`status`,`next_at`);--> statement-breakpoint
CREATE TABLE `channel_cursors` (
	`project` text PRIMARY KEY NOT NULL,
	`event_id` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `channel_memories` (
	`rule_id` text NOT NULL,
	`about` text NOT NULL,
	`project` text NOT NULL,
	`failures` integer NOT NULL,
	`told` integer NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`rule_id`, `about`)
);
--> statement-breakpoint
CREATE INDEX `channel_memories_at` ON `channel_memories` (`at`);--> statement-breakpoint
CREATE TABLE `channel_messages` (
	`id` text PRIMARY KEY NOT NULL,
	`project` text NOT NULL,
	`channel_id` text NOT NULL,
	`rule_id` text,
	`execution_id` text,
	`once` text NOT NULL,
	`gathers` text,
	`status` text NOT NULL,
	`attempts` integer NOT NULL,
	`next_at` integer NOT NULL,
	`created_at` integer NOT NULL,
	`count` integer NOT NULL,
	`items` text NOT NULL,
	`tries` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `channel_messages_once` ON `channel_messages` (`channel_id`,`once`);--> statement-breakpoint
CREATE UNIQUE INDEX `channel_messages_gathers` ON `channel_messages` (`gathers`) WHERE gathers IS NOT NULL AND attempts = 0;--> statement-breakpoint
CREATE INDEX `channel_messages_newest` ON `channel_messages` (`channel_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `channel_messages_due` ON `channel_messages` (`next_at`) WHERE status = 'waiting';--> statement-breakpoint
CREATE INDEX `channel_messages_age` ON `channel_messages` (`created_at`);--> statement-breakpoint
CREATE TABLE `channel_rules` (
	`id` text PRIMARY KEY NOT NULL,
	`project` text NOT NULL,
	`channel_id` text NOT NULL,
	`name` text NOT NULL,
	`events` text NOT NULL,
	`filter` text,
	`times` integer NOT NULL,
	`digest_ms` integer,
	`quiet` text,
	`template` text,
	`enabled` integer DEFAULT true NOT NULL,
	`since` integer NOT NULL,
	`set_by` text,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `channel_rules_name` ON `channel_rules` (`channel_id`,`name`);--> statement-breakpoint
CREATE INDEX `channel_rules_project` ON `channel_rules` (`project`);--> statement-breakpoint
CREATE TABLE `channels` (
	`id` text PRIMARY KEY NOT NULL,
	`project` text NOT NULL,
	`name` text NOT NULL,
	`type` text NOT NULL,
	`shown` text NOT NULL,
	`enabled` integer DEFAULT true NOT NULL,
	`last_delivered` integer,
	`last_at` integer,
	`last_error` text,
	`set_by` text,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `channels_name` ON `channels` (`project`,`name`);--> statement-breakpoint
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
CREATE TABLE `emitted_events` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`project` text NOT NULL,
	`name` text NOT NULL,
	`at` integer NOT NULL,
	`depth` integer NOT NULL,
	`by` text NOT NULL,
	`emitter` text,
	`key` text,
	`data` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `emitted_events_id` ON `emitted_events` (`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `emitted_events_key` ON `emitted_events` (`project`,`key`);--> statement-breakpoint
CREATE INDEX `emitted_events_name` ON `emitted_events` (`project`,`name`,`seq`);--> statement-breakpoint
CREATE INDEX `emitted_events_newest` ON `emitted_events` (`project`,`seq`);--> statement-breakpoint
CREATE INDEX `emitted_events_at` ON `emitted_events` (`at`);--> statement-breakpoint
CREATE TABLE `event_deliveries` (
	`event_seq` integer NOT NULL,
	`kind` text NOT NULL,
	`subscriber` text NOT NULL,
	`trigger` text NOT NULL,
	`project` text NOT NULL,
	`status` text NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`next_at` integer NOT NULL,
	`execution_id` text,
	`error` text,
	PRIMARY KEY(`event_seq`, `kind`, `subscriber`, `trigger`)
);
--> statement-breakpoint
CREATE INDEX `event_deliveries_due` ON `event_deliveries` (`next_at`) WHERE status = 'waiting';--> statement-breakpoint
CREATE TABLE `workflow_awaits` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`execution_id` text NOT NULL,
	`key` text NOT NULL,
	`project` text NOT NULL,
	`name` text NOT NULL,
	`seen` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `workflow_awaits_key` ON `workflow_awaits` (`execution_id`,`key`);--> statement-breakpoint
CREATE INDEX `workflow_awaits_name` ON `workflow_awaits` (`project`,`name`);--> statement-breakpoint
CREATE TABLE `workflow_calls` (
	`execution_id` text NOT NULL,
	`key` text NOT NULL,
	`project` text NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`execution_id`, `key`)
);
--> statement-breakpoint
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
	PRIMARY KEY(`project`, `name`, `at`, `duration_class`)
);
--> statement-breakpoint
CREATE INDEX `rollups_at` ON `rollups` (`at`);--> statement-breakpoint
CREATE TABLE `executions` (
	`id` text PRIMARY KEY NOT NULL,
	`project` text NOT NULL,
	`kind` text NOT NULL,
	`status` text NOT NULL,
	`reason` text,
	`name` text NOT NULL,
	`function_id` text,
	`version_id` text,
	`version` integer,
	`pool` text NOT NULL,
	`route` text NOT NULL,
	`mode` text NOT NULL,
	`delivery` text NOT NULL,
	`fence` integer DEFAULT 0 NOT NULL,
	`attempt` integer DEFAULT 0 NOT NULL,
	`retries_used` integer DEFAULT 0 NOT NULL,
	`losses` integer DEFAULT 0 NOT NULL,
	`redeliveries` integer DEFAULT 0 NOT NULL,
	`suspicion` integer DEFAULT 0 NOT NULL,
	`runner_id` text,
	`runner_name` text,
	`trigger_type` text NOT NULL,
	`parent_id` text,
	`caller` text,
	`memory_mb` integer DEFAULT 0 NOT NULL,
	`bytes_in` integer DEFAULT 0 NOT NULL,
	`spent_ms` integer DEFAULT 0 NOT NULL,
	`run_at` integer NOT NULL,
	`expires_at` integer,
	`created_at` integer NOT NULL,
	`started_at` integer,
	`ended_at` integer,
	`ended_by` integer,
	`late` integer DEFAULT false NOT NULL,
	`truncated` integer DEFAULT false NOT NULL,
	`cancel_requested` integer DEFAULT false NOT NULL,
	`cap_key` text,
	`cap_max` integer,
	`may_redeliver` integer DEFAULT true NOT NULL,
	`http_status` integer,
	`timing` text,
	`error` text,
	`trigger` text NOT NULL,
	`retry` text,
	`earlier` text,
	`response_headers` text,
	`response_at` text DEFAULT 'none' NOT NULL,
	`response_bytes` integer,
	`response_sha256` text,
	`settled_sha256` text,
	`response_body` text,
	`job` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `executions_claim` ON `executions` (`pool`,`status`,`cap_key`,`run_at`);--> statement-breakpoint
CREATE INDEX `executions_cap` ON `executions` (`cap_key`,`status`,`run_at`) WHERE cap_key IS NOT NULL;--> statement-breakpoint
CREATE INDEX `executions_list` ON `executions` (`project`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `executions_name` ON `executions` (`project`,`name`,`created_at`);--> statement-breakpoint
CREATE INDEX `executions_status` ON `executions` (`project`,`status`,`created_at`);--> statement-breakpoint
CREATE INDEX `executions_parent` ON `executions` (`parent_id`);--> statement-breakpoint
CREATE INDEX `executions_due` ON `executions` (`status`,`run_at`);--> statement-breakpoint
CREATE INDEX `executions_runner` ON `executions` (`runner_id`,`status`);--> statement-breakpoint
CREATE INDEX `executions_ended` ON `executions` (`version_id`,`ended_at`) WHERE ended_at IS NOT NULL;--> statement-breakpoint
CREATE TABLE `idempotency` (
	`project` text NOT NULL,
	`scope` text NOT NULL,
	`key` text NOT NULL,
	`fingerprint` text NOT NULL,
	`execution_id` text NOT NULL,
	`expires_at` integer NOT NULL,
	PRIMARY KEY(`project`, `scope`, `key`)
);
--> statement-breakpoint
CREATE INDEX `idempotency_expiry` ON `idempotency` (`expires_at`);--> statement-breakpoint
CREATE TABLE `log_chunks` (
	`project` text NOT NULL,
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
CREATE TABLE `aliases` (
	`project` text NOT NULL,
	`function_id` text NOT NULL,
	`name` text NOT NULL,
	`version_id` text NOT NULL,
	`moved_at` integer NOT NULL,
	`moved_by` text,
	`moved_from` integer,
	`reason` text,
	`canary_id` text,
	`weight` integer,
	`split_at` integer,
	`guard` text,
	`expires_at` integer,
	PRIMARY KEY(`function_id`, `name`)
);
--> statement-breakpoint
CREATE INDEX `aliases_split` ON `aliases` (`canary_id`) WHERE canary_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX `aliases_expiry` ON `aliases` (`expires_at`) WHERE expires_at IS NOT NULL;--> statement-breakpoint
CREATE TABLE `builds` (
	`project` text NOT NULL,
	`build_key` text NOT NULL,
	`content_sha256` text NOT NULL,
	`execution` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`project`, `build_key`)
);
--> statement-breakpoint
CREATE INDEX `builds_content` ON `builds` (`content_sha256`);--> statement-breakpoint
CREATE TABLE `contents` (
	`project` text NOT NULL,
	`sha256` text NOT NULL,
	`bytes` integer NOT NULL,
	`created_at` integer NOT NULL,
	`unnamed_since` integer,
	PRIMARY KEY(`project`, `sha256`)
);
--> statement-breakpoint
CREATE INDEX `contents_sha256` ON `contents` (`sha256`);--> statement-breakpoint
CREATE TABLE `functions` (
	`id` text PRIMARY KEY NOT NULL,
	`project` text NOT NULL,
	`name` text NOT NULL,
	`settings` text NOT NULL,
	`latest` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `functions_name` ON `functions` (`project`,`name`);--> statement-breakpoint
CREATE TABLE `payloads` (
	`project` text NOT NULL,
	`execution_id` text NOT NULL,
	`part` text NOT NULL,
	`body` blob NOT NULL,
	`bytes` integer NOT NULL,
	PRIMARY KEY(`execution_id`, `part`)
);
--> statement-breakpoint
CREATE TABLE `versions` (
	`id` text PRIMARY KEY NOT NULL,
	`project` text NOT NULL,
	`function_id` text NOT NULL,
	`number` integer NOT NULL,
	`status` text NOT NULL,
	`runtime` text NOT NULL,
	`entry` text NOT NULL,
	`settings` text NOT NULL,
	`content_sha256` text NOT NULL,
	`bundle_sha256` text NOT NULL,
	`bundle_bytes` integer NOT NULL,
	`deps_sha256` text,
	`build_key` text,
	`image` text,
	`build_execution` text,
	`kinds` text NOT NULL,
	`schema` text,
	`message` text,
	`created_by` text,
	`error` text,
	`move_alias` text,
	`move_ttl_ms` integer,
	`created_at` integer NOT NULL,
	`ready_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `versions_number` ON `versions` (`function_id`,`number`);--> statement-breakpoint
CREATE INDEX `versions_content` ON `versions` (`function_id`,`content_sha256`);--> statement-breakpoint
CREATE INDEX `versions_bundle` ON `versions` (`bundle_sha256`);--> statement-breakpoint
CREATE INDEX `versions_deps` ON `versions` (`deps_sha256`);--> statement-breakpoint
CREATE INDEX `versions_build` ON `versions` (`build_execution`);--> statement-breakpoint
CREATE TABLE `kept_answers` (
	`project` text NOT NULL,
	`scope` text NOT NULL,
	`key` text NOT NULL,
	`fingerprint` text NOT NULL,
	`claimed_until` integer NOT NULL,
	`status` integer,
	`key_id` text,
	`wrapped_key` blob,
	`sealed` blob,
	`expires_at` integer NOT NULL,
	PRIMARY KEY(`project`, `scope`, `key`)
);
--> statement-breakpoint
CREATE INDEX `kept_answers_expiry` ON `kept_answers` (`expires_at`);--> statement-breakpoint
CREATE TABLE `kv_entries` (
	`project` text NOT NULL,
	`space` text NOT NULL,
	`key` text NOT NULL,
	`value` text NOT NULL,
	`bytes` integer NOT NULL,
	`version` integer NOT NULL,
	`expires_at` integer,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`project`, `space`, `key`)
);
--> statement-breakpoint
CREATE INDEX `kv_entries_expiry` ON `kv_entries` (`expires_at`);--> statement-breakpoint
CREATE TABLE `kv_spaces` (
	`project` text NOT NULL,
	`space` text NOT NULL,
	`entries` integer NOT NULL,
	`bytes` integer NOT NULL,
	`clock` integer NOT NULL,
	`writer` text NOT NULL,
	PRIMARY KEY(`project`, `space`)
);
--> statement-breakpoint
CREATE TABLE `device_logins` (
	`digest` text PRIMARY KEY NOT NULL,
	`user_code` text NOT NULL,
	`machine` text NOT NULL,
	`address` text,
	`status` text NOT NULL,
	`user_id` text,
	`project` text,
	`interval_ms` integer NOT NULL,
	`polled_at` integer,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `device_logins_user_code` ON `device_logins` (`user_code`);--> statement-breakpoint
CREATE TABLE `failed_sign_ins` (
	`digest` text PRIMARY KEY NOT NULL,
	`count` integer NOT NULL,
	`last_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `memberships` (
	`user_id` text NOT NULL,
	`project` text NOT NULL,
	`role` text NOT NULL,
	`origin` text NOT NULL,
	PRIMARY KEY(`user_id`, `project`, `origin`)
);
--> statement-breakpoint
CREATE INDEX `memberships_project` ON `memberships` (`project`);--> statement-breakpoint
CREATE TABLE `projects` (
	`name` text PRIMARY KEY NOT NULL,
	`created_at` integer NOT NULL,
	`created_by` text
);
--> statement-breakpoint
CREATE TABLE `recovery_codes` (
	`user_id` text NOT NULL,
	`digest` text NOT NULL,
	PRIMARY KEY(`user_id`, `digest`)
);
--> statement-breakpoint
CREATE TABLE `sign_in_flows` (
	`state` text PRIMARY KEY NOT NULL,
	`browser` text NOT NULL,
	`nonce` text NOT NULL,
	`verifier` text NOT NULL,
	`return_to` text NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `users` (
	`id` text PRIMARY KEY NOT NULL,
	`username` text NOT NULL,
	`name` text NOT NULL,
	`email` text,
	`source` text NOT NULL,
	`groups` text DEFAULT '[]' NOT NULL,
	`subject` text,
	`password_hash` text,
	`disabled_at` integer,
	`created_at` integer NOT NULL,
	`last_seen_at` integer,
	`totp_since` integer,
	`totp_step` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `users_username` ON `users` (`username`);--> statement-breakpoint
CREATE UNIQUE INDEX `users_subject` ON `users` (`source`,`subject`);--> statement-breakpoint
CREATE TABLE `retention` (
	`project` text PRIMARY KEY NOT NULL,
	`executions_ms` integer NOT NULL,
	`logs_ms` integer NOT NULL,
	`payloads_ms` integer NOT NULL,
	`events_ms` integer NOT NULL,
	`versions` integer,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `enrolment_tokens` (
	`digest` text PRIMARY KEY NOT NULL,
	`project` text NOT NULL,
	`pool` text NOT NULL,
	`labels` text NOT NULL,
	`ephemeral` integer NOT NULL,
	`uses_left` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `runners` (
	`id` text PRIMARY KEY NOT NULL,
	`project` text NOT NULL,
	`name` text NOT NULL,
	`pool` text NOT NULL,
	`labels` text NOT NULL,
	`ephemeral` integer NOT NULL,
	`thumbprint` text NOT NULL,
	`signing_key` text NOT NULL,
	`sealing_key` text NOT NULL,
	`previous_key` text,
	`previous_until` integer,
	`epoch` integer DEFAULT 0 NOT NULL,
	`instance_id` text,
	`boot_id` text,
	`version` text,
	`capabilities` text NOT NULL,
	`facts` text,
	`metrics` text,
	`slots` integer DEFAULT 0 NOT NULL,
	`preparing` text,
	`state` text DEFAULT 'active' NOT NULL,
	`last_seen_at` integer,
	`created_at` integer NOT NULL,
	`revoked_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `runners_name` ON `runners` (`project`,`name`);--> statement-breakpoint
CREATE INDEX `runners_pool` ON `runners` (`project`,`pool`);--> statement-breakpoint
CREATE TABLE `used_assertions` (
	`project` text NOT NULL,
	`runner_id` text NOT NULL,
	`jti` text NOT NULL,
	`expires_at` integer NOT NULL,
	PRIMARY KEY(`runner_id`, `jti`)
);
--> statement-breakpoint
CREATE INDEX `used_assertions_expiry` ON `used_assertions` (`expires_at`);--> statement-breakpoint
CREATE TABLE `saved_inputs` (
	`project` text NOT NULL,
	`function_name` text NOT NULL,
	`owner_id` text NOT NULL,
	`name` text NOT NULL,
	`updated_at` integer NOT NULL,
	`call` text NOT NULL,
	PRIMARY KEY(`project`, `function_name`, `owner_id`, `name`)
);
--> statement-breakpoint
CREATE TABLE `schedule_ticks` (
	`id` text PRIMARY KEY NOT NULL,
	`project` text NOT NULL,
	`schedule_id` text NOT NULL,
	`at` integer NOT NULL,
	`until` integer,
	`count` integer,
	`by` text,
	`target` text,
	`depth` integer DEFAULT 0 NOT NULL,
	`overlap` text,
	`status` text NOT NULL,
	`reason` text,
	`execution_id` text,
	`is_open` integer DEFAULT false NOT NULL,
	`next_at` integer NOT NULL,
	`tries` integer DEFAULT 0 NOT NULL,
	`started_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `schedule_ticks_once` ON `schedule_ticks` (`schedule_id`,`at`) WHERE "by" IS NULL;--> statement-breakpoint
CREATE INDEX `schedule_ticks_newest` ON `schedule_ticks` (`schedule_id`,`at`,`id`);--> statement-breakpoint
CREATE INDEX `schedule_ticks_due` ON `schedule_ticks` (`next_at`) WHERE status IN ('waiting', 'buffered', 'starting');--> statement-breakpoint
CREATE INDEX `schedule_ticks_open` ON `schedule_ticks` (`schedule_id`) WHERE is_open = 1 OR status IN ('waiting', 'buffered', 'starting');--> statement-breakpoint
CREATE INDEX `schedule_ticks_age` ON `schedule_ticks` (`at`);--> statement-breakpoint
CREATE TABLE `schedules` (
	`id` text PRIMARY KEY NOT NULL,
	`project` text NOT NULL,
	`name` text NOT NULL,
	`cron` text,
	`every_ms` integer,
	`run_at` integer,
	`anchor` integer NOT NULL,
	`timezone` text NOT NULL,
	`overlap` text NOT NULL,
	`catchup_ms` integer NOT NULL,
	`jitter_ms` integer NOT NULL,
	`target` text NOT NULL,
	`enabled` integer NOT NULL,
	`paused` text,
	`workflow_id` text,
	`trigger_id` text,
	`seen` integer NOT NULL,
	`next_at` integer,
	`depth` integer DEFAULT 0 NOT NULL,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `schedules_name` ON `schedules` (`project`,`name`);--> statement-breakpoint
CREATE UNIQUE INDEX `schedules_trigger` ON `schedules` (`workflow_id`,`trigger_id`);--> statement-breakpoint
CREATE INDEX `schedules_due` ON `schedules` (`next_at`) WHERE next_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX `schedules_due_project` ON `schedules` (`project`,`next_at`) WHERE next_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX `schedules_seen` ON `schedules` (`seen`);--> statement-breakpoint
CREATE TABLE `secrets` (
	`project` text NOT NULL,
	`kind` text NOT NULL,
	`name` text NOT NULL,
	`version` integer NOT NULL,
	`key_id` text NOT NULL,
	`wrapped_key` blob,
	`sealed` blob,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`project`, `kind`, `name`)
);
--> statement-breakpoint
CREATE TABLE `source_syncs` (
	`id` text PRIMARY KEY NOT NULL,
	`project` text NOT NULL,
	`source_id` text NOT NULL,
	`status` text NOT NULL,
	`started_by` text NOT NULL,
	`commit` text,
	`steps` text,
	`problem` text,
	`created_at` integer NOT NULL,
	`started_at` integer,
	`ended_at` integer,
	`next_at` integer NOT NULL,
	`tries` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `source_syncs_waiting` ON `source_syncs` (`source_id`) WHERE status = 'waiting';--> statement-breakpoint
CREATE UNIQUE INDEX `source_syncs_running` ON `source_syncs` (`source_id`) WHERE status = 'running';--> statement-breakpoint
CREATE INDEX `source_syncs_newest` ON `source_syncs` (`source_id`,`id`);--> statement-breakpoint
CREATE INDEX `source_syncs_due` ON `source_syncs` (`next_at`) WHERE status IN ('waiting', 'running');--> statement-breakpoint
CREATE TABLE `sources` (
	`id` text PRIMARY KEY NOT NULL,
	`project` text NOT NULL,
	`name` text NOT NULL,
	`host` text NOT NULL,
	`repository` text NOT NULL,
	`branch` text NOT NULL,
	`folder` text NOT NULL,
	`prune` integer NOT NULL,
	`token` text,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `sources_name` ON `sources` (`project`,`name`);--> statement-breakpoint
CREATE TABLE `billing_events` (
	`project` text NOT NULL,
	`id` text PRIMARY KEY NOT NULL,
	`type` text NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `billing_events_at` ON `billing_events` (`at`);--> statement-breakpoint
CREATE TABLE `plans` (
	`project` text PRIMARY KEY NOT NULL,
	`plan` text NOT NULL,
	`quotas` text,
	`customer` text,
	`subscription` text,
	`billing` text,
	`asked_at` integer,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `quota_notices` (
	`project` text NOT NULL,
	`period` text NOT NULL,
	`quota` text NOT NULL,
	`percent` integer NOT NULL,
	`used` integer NOT NULL,
	`most` integer NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`project`, `period`, `quota`, `percent`)
);
--> statement-breakpoint
CREATE TABLE `stored_bytes` (
	`project` text NOT NULL,
	`at` integer NOT NULL,
	`bundles` integer NOT NULL,
	`payloads` integer NOT NULL,
	`logs` integer NOT NULL,
	PRIMARY KEY(`project`, `at`)
);
--> statement-breakpoint
CREATE INDEX `stored_bytes_at` ON `stored_bytes` (`at`);--> statement-breakpoint
CREATE TABLE `usage` (
	`project` text NOT NULL,
	`at` integer NOT NULL,
	`name` text NOT NULL,
	`caller` text NOT NULL,
	`executions` integer NOT NULL,
	`run_ms` integer NOT NULL,
	`mb_ms` integer NOT NULL,
	`bytes_in` integer NOT NULL,
	`bytes_out` integer NOT NULL,
	PRIMARY KEY(`project`, `at`, `name`, `caller`)
);
--> statement-breakpoint
CREATE INDEX `usage_at` ON `usage` (`at`);--> statement-breakpoint
CREATE TABLE `usage_reports` (
	`project` text NOT NULL,
	`metric` text NOT NULL,
	`number` integer NOT NULL,
	`value` integer NOT NULL,
	`at` integer NOT NULL,
	`sent_at` integer,
	PRIMARY KEY(`project`, `metric`, `number`)
);
--> statement-breakpoint
CREATE INDEX `usage_reports_unsent` ON `usage_reports` (`sent_at`,`at`);--> statement-breakpoint
CREATE TABLE `webhook_deliveries` (
	`id` text PRIMARY KEY NOT NULL,
	`project` text NOT NULL,
	`webhook_id` text NOT NULL,
	`delivery_id` text NOT NULL,
	`resend_of` text,
	`target` text,
	`started_by` text,
	`depth` integer DEFAULT 0 NOT NULL,
	`body_sha256` text NOT NULL,
	`event` text,
	`status` text NOT NULL,
	`error` text,
	`execution_id` text,
	`headers` text NOT NULL,
	`body` blob,
	`bytes` integer NOT NULL,
	`received_at` integer NOT NULL,
	`next_at` integer NOT NULL,
	`tries` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `webhook_deliveries_once` ON `webhook_deliveries` (`webhook_id`,`delivery_id`) WHERE resend_of IS NULL;--> statement-breakpoint
CREATE INDEX `webhook_deliveries_newest` ON `webhook_deliveries` (`webhook_id`,`received_at`,`id`);--> statement-breakpoint
CREATE INDEX `webhook_deliveries_due` ON `webhook_deliveries` (`next_at`) WHERE status = 'waiting';--> statement-breakpoint
CREATE INDEX `webhook_deliveries_age` ON `webhook_deliveries` (`received_at`);--> statement-breakpoint
CREATE INDEX `webhook_deliveries_bodies` ON `webhook_deliveries` (`project`,`received_at`,`id`,`bytes`) WHERE body IS NOT NULL AND status <> 'waiting';--> statement-breakpoint
CREATE TABLE `webhooks` (
	`id` text PRIMARY KEY NOT NULL,
	`project` text NOT NULL,
	`name` text NOT NULL,
	`provider` text NOT NULL,
	`hmac` text,
	`target` text NOT NULL,
	`filter` text,
	`enabled` integer DEFAULT true NOT NULL,
	`tolerance_ms` integer NOT NULL,
	`max_bytes` integer NOT NULL,
	`per_minute` integer NOT NULL,
	`workflow_id` text,
	`trigger_id` text,
	`old_secret_until` integer,
	`capture_until` integer,
	`refused_count` integer DEFAULT 0 NOT NULL,
	`refused_at` integer,
	`last_delivery_at` integer,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `webhooks_name` ON `webhooks` (`project`,`name`);--> statement-breakpoint
CREATE INDEX `webhooks_workflow` ON `webhooks` (`workflow_id`) WHERE workflow_id IS NOT NULL;--> statement-breakpoint
CREATE TABLE `workflow_aliases` (
	`workflow_id` text NOT NULL,
	`name` text NOT NULL,
	`project` text NOT NULL,
	`revision` integer NOT NULL,
	`moved_at` integer NOT NULL,
	`moved_by` text NOT NULL,
	PRIMARY KEY(`workflow_id`, `name`)
);
--> statement-breakpoint
CREATE TABLE `deleted_workflows` (
	`id` text PRIMARY KEY NOT NULL,
	`project` text NOT NULL,
	`name` text NOT NULL,
	`permissions` text NOT NULL,
	`deleted_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `deleted_workflows_name` ON `deleted_workflows` (`project`,`name`);--> statement-breakpoint
CREATE TABLE `prompts` (
	`id` text PRIMARY KEY NOT NULL,
	`project` text NOT NULL,
	`execution_id` text NOT NULL,
	`key` text NOT NULL,
	`step` text,
	`message` text NOT NULL,
	`opened_at` integer NOT NULL,
	`expires_at` integer,
	`closed_at` integer,
	`closed_because` text,
	`answered_by` text,
	`response` text,
	`options` text NOT NULL,
	`form` text NOT NULL,
	`approvers` text,
	`answers` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `prompts_key` ON `prompts` (`execution_id`,`key`);--> statement-breakpoint
CREATE INDEX `prompts_open` ON `prompts` (`project`,`id`) WHERE closed_at IS NULL;--> statement-breakpoint
CREATE TABLE `workflow_children` (
	`execution_id` text NOT NULL,
	`key` text NOT NULL,
	`target` text NOT NULL,
	`project` text NOT NULL,
	`kind` text NOT NULL,
	`child_id` text,
	PRIMARY KEY(`execution_id`, `key`, `target`)
);
--> statement-breakpoint
CREATE INDEX `workflow_children_child` ON `workflow_children` (`child_id`);--> statement-breakpoint
CREATE INDEX `workflow_children_project` ON `workflow_children` (`project`);--> statement-breakpoint
CREATE TABLE `workflow_events` (
	`execution_id` text NOT NULL,
	`seq` integer NOT NULL,
	`project` text NOT NULL,
	`type` text NOT NULL,
	`at` integer NOT NULL,
	`entry` text NOT NULL,
	PRIMARY KEY(`execution_id`, `seq`)
);
--> statement-breakpoint
CREATE TABLE `workflow_revisions` (
	`workflow_id` text NOT NULL,
	`revision` integer NOT NULL,
	`project` text NOT NULL,
	`hash` text NOT NULL,
	`created_at` integer NOT NULL,
	`created_by` text,
	`definition` text NOT NULL,
	PRIMARY KEY(`workflow_id`, `revision`)
);
--> statement-breakpoint
CREATE TABLE `workflow_runs` (
	`execution_id` text PRIMARY KEY NOT NULL,
	`project` text NOT NULL,
	`workflow_id` text NOT NULL,
	`revision` integer NOT NULL,
	`parent_id` text,
	`parent_key` text,
	`root_id` text NOT NULL,
	`depth` integer NOT NULL,
	`seq` integer NOT NULL,
	`performed` integer NOT NULL,
	`started_by` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `workflow_runs_child` ON `workflow_runs` (`parent_id`,`parent_key`);--> statement-breakpoint
CREATE INDEX `workflow_runs_root` ON `workflow_runs` (`root_id`);--> statement-breakpoint
CREATE INDEX `workflow_runs_asking` ON `workflow_runs` (`project`,`execution_id`) WHERE performed < seq;--> statement-breakpoint
CREATE TABLE `workflow_slots` (
	`execution_id` text NOT NULL,
	`key` text NOT NULL,
	`project` text NOT NULL,
	`slot` text NOT NULL,
	`most` integer NOT NULL,
	`state` text NOT NULL,
	`told` integer NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`execution_id`, `key`)
);
--> statement-breakpoint
CREATE INDEX `workflow_slots_slot` ON `workflow_slots` (`project`,`slot`,`state`);--> statement-breakpoint
CREATE INDEX `workflow_slots_open` ON `workflow_slots` (`state`,`told`,`at`);--> statement-breakpoint
CREATE TABLE `workflow_snapshots` (
	`execution_id` text PRIMARY KEY NOT NULL,
	`project` text NOT NULL,
	`seq` integer NOT NULL,
	`state` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `workflow_timers` (
	`execution_id` text NOT NULL,
	`key` text NOT NULL,
	`project` text NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`execution_id`, `key`)
);
--> statement-breakpoint
CREATE INDEX `workflow_timers_at` ON `workflow_timers` (`at`);--> statement-breakpoint
CREATE INDEX `workflow_timers_project` ON `workflow_timers` (`project`,`at`);--> statement-breakpoint
CREATE TABLE `workflows` (
	`id` text PRIMARY KEY NOT NULL,
	`project` text NOT NULL,
	`name` text NOT NULL,
	`description` text,
	`enabled` integer DEFAULT true NOT NULL,
	`revision` integer NOT NULL,
	`hash` text NOT NULL,
	`steps` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`tags` text NOT NULL,
	`triggers` text DEFAULT '[]' NOT NULL,
	`permissions` text,
	`disabled` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `workflows_name` ON `workflows` (`project`,`name`);--> statement-breakpoint
CREATE INDEX `workflows_viewed` ON `workflows` (`project`,`name`) WHERE permissions ->> '$.view' IS NOT NULL;