import type { Words } from "../words.ts";
import { access } from "./access.ts";
import { builder } from "./builder.ts";
import { channels } from "./channels.ts";
import { charts } from "./charts.ts";
import { course } from "./course.ts";
import { executions } from "./executions.ts";
import { functions } from "./functions.ts";
import { home } from "./home.ts";
import { kv } from "./kv.ts";
import { logs } from "./logs.ts";
import { palette } from "./palette.ts";
import { runners } from "./runners.ts";
import { schedules } from "./schedules.ts";
import { settings } from "./settings.ts";
import { setup } from "./setup.ts";
import { shell } from "./shell.ts";
import { sources } from "./sources.ts";
import { triggers } from "./triggers.ts";
import { upgrades } from "./upgrades.ts";
import { webhooks } from "./webhooks.ts";
import { workflows } from "./workflows.ts";

/** All Spanish texts. */
export const catalogue: Words = {
  ...shell,
  ...setup,
  ...home,
  ...palette,
  ...functions,
  ...executions,
  ...course,
  ...kv,
  ...logs,
  ...runners,
  ...upgrades,
  ...triggers,
  ...webhooks,
  ...schedules,
  ...channels,
  ...charts,
  ...workflows,
  ...settings,
  ...sources,
  ...access,
  ...builder,
};
