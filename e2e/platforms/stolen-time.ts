import { readFileSync } from "node:fs";

/** Linux tells its times in hundredths of a second. */
const tickMs = 10;

/**
 * Milliseconds since this machine started in which it was ready to work and its host gave it no processor, per processor: `steal` in `proc_stat(5)`. What is
 * measured across such a time was not taken by the program. 0 on a machine that has no host.
 */
export function stolenMs(): number {
  const rows = readFileSync("/proc/stat", "utf8").split("\n");
  const [, , , , , , , , steal = "0"] = rows[0]?.split(/\s+/) ?? [];
  const processors = rows.filter((row) => /^cpu\d/.test(row)).length;
  return (Number(steal) * tickMs) / processors;
}
