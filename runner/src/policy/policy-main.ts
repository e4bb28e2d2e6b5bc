import { readPolicy } from "./policy-file.ts";
import { policyWords } from "./policy-words.ts";

/** What the policy of this machine's runner says (`PULSE_POLICY`), as one JSON document: `pulse runner doctor` shows it. */
function look(path: string | undefined): { path: string | null; fault: string | null; allows: string[] } {
  if (!path) return { path: null, fault: null, allows: [] };
  try {
    return { path, fault: null, allows: policyWords(readPolicy(path)) };
  } catch (error) {
    return { path, fault: error instanceof Error ? error.message : String(error), allows: [] };
  }
}

process.stdout.write(`${JSON.stringify(look(process.env.PULSE_POLICY))}\n`);
