export * from "./auth.ts";
export * from "./blobs.ts";
export * from "./drafts.ts";
export * from "./events.ts";
export * from "./executions.ts";
export * from "./functions.ts";
export * from "./retention.ts";
export * from "./runners.ts";
