import { join } from "node:path";
import { buildPrograms } from "../install/programs.ts";
import { programsVariable } from "./platforms/program-env.ts";

/** Makes the programs that the tests start, once for all of them; `PULSE_E2E_SOURCES=1` starts each from its sources instead. */
export default async function makePrograms(): Promise<void> {
  if (process.env.PULSE_E2E_SOURCES === "1") return;
  const place = join(import.meta.dirname, "../node_modules/.cache/programs");
  process.env[programsVariable] = JSON.stringify(await buildPrograms(place));
}
