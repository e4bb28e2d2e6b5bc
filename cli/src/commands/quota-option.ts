import type { Quotas } from "@pulse/schema/wire/plans";
import type { Messages } from "../messages/en.ts";
import { UsageError } from "../usage.ts";

/** The quotas of repeated `--quota name=most`. Which names there are is the gateway's to say. Throws `UsageError`. */
export function quotasOf(given: readonly string[], messages: Pick<Messages, "badQuota">): Quotas {
  return Object.fromEntries(
    given.map((one) => {
      const [name = "", most = ""] = one.split("=");
      if (!/^\d{1,15}$/.test(most)) throw new UsageError(messages.badQuota);
      return [name, Number(most)];
    }),
  );
}
