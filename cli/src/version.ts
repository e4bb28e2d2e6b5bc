import { readFileSync } from "node:fs";
import * as z from "zod";

const path = new URL("../package.json", import.meta.url);

/** The version of this CLI. */
export const cliVersion: string = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(path, "utf8"))).version;
