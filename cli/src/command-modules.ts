import type { Command } from "commander";

/** A file with commands: the names it adds to `pulse`, and how it is loaded. */
export interface CommandModule {
  names: readonly string[];
  add: () => Promise<(program: Command) => void>;
}

/** Every file with commands, in the order in which help shows them. One is loaded when its command is typed: all of them take twice as long to start. */
export const commandModules: readonly CommandModule[] = [
  { names: ["init"], add: async () => (await import("./commands/init.ts")).addInit },
  { names: ["up"], add: async () => (await import("./commands/up.ts")).addUp },
  { names: ["deploy"], add: async () => (await import("./commands/deploy.ts")).addDeploy },
  { names: ["diff"], add: async () => (await import("./commands/diff.ts")).addDiff },
  { names: ["apply"], add: async () => (await import("./commands/apply.ts")).addApply },
  { names: ["dev"], add: async () => (await import("./commands/dev.ts")).addDev },
  { names: ["invoke"], add: async () => (await import("./commands/invoke.ts")).addInvoke },
  { names: ["exec"], add: async () => (await import("./commands/exec.ts")).addExec },
  { names: ["run"], add: async () => (await import("./commands/run.ts")).addRun },
  { names: ["answer"], add: async () => (await import("./commands/answer.ts")).addAnswer },
  { names: ["status"], add: async () => (await import("./commands/status.ts")).addStatus },
  { names: ["open"], add: async () => (await import("./commands/open.ts")).addOpen },
  { names: ["find"], add: async () => (await import("./commands/find.ts")).addFind },
  {
    names: ["execution", "executions", "logs"],
    add: async () => (await import("./commands/execution.ts")).addExecution,
  },
  { names: ["function"], add: async () => (await import("./commands/function.ts")).addFunction },
  { names: ["workflow"], add: async () => (await import("./commands/workflow.ts")).addWorkflow },
  { names: ["runner"], add: async () => (await import("./commands/runner.ts")).addRunner },
  { names: ["key"], add: async () => (await import("./commands/key.ts")).addKey },
  { names: ["secret"], add: async () => (await import("./commands/secret.ts")).addSecret },
  { names: ["kv"], add: async () => (await import("./commands/kv.ts")).addKv },
  { names: ["retention"], add: async () => (await import("./commands/retention.ts")).addRetention },
  { names: ["usage"], add: async () => (await import("./commands/usage.ts")).addUsage },
  { names: ["audit"], add: async () => (await import("./commands/audit.ts")).addAudit },
  { names: ["report"], add: async () => (await import("./commands/report.ts")).addReport },
  { names: ["callback"], add: async () => (await import("./commands/callback.ts")).addCallback },
  { names: ["event"], add: async () => (await import("./commands/event.ts")).addEvent },
  { names: ["schedule"], add: async () => (await import("./commands/schedule.ts")).addSchedule },
  { names: ["webhook"], add: async () => (await import("./commands/webhook.ts")).addWebhook },
  { names: ["source"], add: async () => (await import("./commands/source.ts")).addSource },
  { names: ["channel"], add: async () => (await import("./commands/channel.ts")).addChannel },
  { names: ["setup"], add: async () => (await import("./commands/set-up.ts")).addSetUp },
  {
    names: ["login", "logout", "whoami"],
    add: async () => (await import("./commands/account.ts")).addAccount,
  },
  { names: ["user"], add: async () => (await import("./commands/user.ts")).addUser },
  { names: ["project"], add: async () => (await import("./commands/project.ts")).addProject },
  { names: ["session"], add: async () => (await import("./commands/browser-session.ts")).addBrowserSession },
  {
    names: ["second-factor"],
    add: async () => (await import("./commands/second-factor.ts")).addSecondFactor,
  },
  { names: ["profile"], add: async () => (await import("./commands/profile.ts")).addProfile },
  { names: ["doctor"], add: async () => (await import("./commands/doctor.ts")).addDoctor },
  { names: ["migrate"], add: async () => (await import("./commands/migrate.ts")).addMigrate },
  { names: ["upgrade"], add: async () => (await import("./commands/upgrade.ts")).addUpgrade },
  { names: ["import"], add: async () => (await import("./commands/import.ts")).addImport },
  { names: ["backup"], add: async () => (await import("./commands/backup.ts")).addBackup },
  { names: ["api"], add: async () => (await import("./commands/api.ts")).addApi },
  { names: ["mcp"], add: async () => (await import("./commands/mcp.ts")).addMcp },
  { names: ["completion"], add: async () => (await import("./commands/completion.ts")).addCompletion },
];
