import { ProblemError } from "@pulse/schema/problem";
import type { MasterKey, MasterKeys } from "../../ports.ts";
import { readMasterKeys } from "../../secrets/master-key.ts";
import type { Bindings } from "./bindings.ts";

/** The master keys of the Worker's binding. Kept as a value, for no request may wait for another's promise. */
export function keysOf({ masterKey }: Pick<Bindings, "masterKey">): MasterKeys {
  let kept: MasterKey[] | null = null;
  return {
    async known() {
      kept ??= await readMasterKeys(masterKey).catch((error: unknown) => {
        if (!(error instanceof ProblemError)) throw error;
        throw new ProblemError("unavailable", `this Worker is not set up: ${error.message}`, {
          hint: "openssl rand -base64 32 | npx wrangler secret put PULSE_MASTER_KEY",
        });
      });
      return kept;
    },
  };
}
