import { executions } from "./executions.ts";
import { functions } from "./functions.ts";
import { logs } from "./logs.ts";
import { runners } from "./runners.ts";
import { shell } from "./shell.ts";

/** All English texts. */
export const catalogue = { ...shell, ...functions, ...executions, ...logs, ...runners } as const;
