import type { Words } from "../words.ts";
import { executions } from "./executions.ts";
import { functions } from "./functions.ts";
import { logs } from "./logs.ts";
import { runners } from "./runners.ts";
import { shell } from "./shell.ts";

/** All Spanish texts. */
export const catalogue: Words = { ...shell, ...functions, ...executions, ...logs, ...runners };
