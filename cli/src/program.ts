import { Command } from "commander";
import { addAccount } from "./commands/account.ts";
import { addAnswer } from "./commands/answer.ts";
import { addApi } from "./commands/api.ts";
import { addApply } from "./commands/apply.ts";
import { addAudit } from "./commands/audit.ts";
import { addBackup } from "./commands/backup.ts";
import { addBrowserSession } from "./commands/browser-session.ts";
import { addCallback } from "./commands/callback.ts";
import { addChannel } from "./commands/channel.ts";
import { addCompletion } from "./commands/completion.ts";
import { addDeploy } from "./commands/deploy.ts";
import { addDev } from "./commands/dev.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addEvent } from "./commands/event.ts";
import { addExec } from "./commands/exec.ts";
import { addExecution } from "./commands/execution.ts";
import { addFind } from "./commands/find.ts";
import { addFunction } from "./commands/function.ts";
import { addImport } from "./commands/import.ts";
import { addInit } from "./commands/init.ts";
import { addInvoke } from "./commands/invoke.ts";
import { addKey } from "./commands/key.ts";
import { addMcp } from "./commands/mcp.ts";
import { addMigrate } from "./commands/migrate.ts";
import { addProfile } from "./commands/profile.ts";
import { addProject } from "./commands/project.ts";
import { addRetention } from "./commands/retention.ts";
import { addRun } from "./commands/run.ts";
import { addRunner } from "./commands/runner.ts";
import { addSchedule } from "./commands/schedule.ts";
import { addSecondFactor } from "./commands/second-factor.ts";
import { addSecret } from "./commands/secret.ts";
import { addSetUp } from "./commands/set-up.ts";
import { addStatus } from "./commands/status.ts";
import { addUsage } from "./commands/usage.ts";
import { addUser } from "./commands/user.ts";
import { addWebhook } from "./commands/webhook.ts";
import { addWorkflow } from "./commands/workflow.ts";
import { addGlobalFlags } from "./global-flags.ts";
import { translateHelp } from "./messages/translate-help.ts";

const groups = [
  [addInit, addDeploy, addApply, addDev, addInvoke, addExec, addRun, addAnswer, addStatus, addFind],
  [
    addExecution,
    addFunction,
    addWorkflow,
    addRunner,
    addKey,
    addSecret,
    addRetention,
    addUsage,
    addAudit,
    addCallback,
    addEvent,
    addSchedule,
    addWebhook,
    addChannel,
  ],
  [
    addSetUp,
    addAccount,
    addUser,
    addProject,
    addBrowserSession,
    addSecondFactor,
    addProfile,
    addDoctor,
    addMigrate,
    addImport,
    addBackup,
    addApi,
    addMcp,
    addCompletion,
  ],
].flat();

/** The whole command table. What was typed wrong is thrown as `CommanderError`, with nothing printed. */
export function buildProgram(language: "en" | "es"): Command {
  const program = new Command("pulse")
    .description("Pulse: functions on your own machines. It sends nothing to anyone but your gateway.")
    .showSuggestionAfterError(true)
    .configureHelp({ showGlobalOptions: true })
    .helpCommand(false)
    .configureOutput({ outputError: () => undefined })
    .exitOverride();
  addGlobalFlags(program);
  for (const add of groups) add(program);
  if (language === "es") translateHelp(program);
  return program;
}
