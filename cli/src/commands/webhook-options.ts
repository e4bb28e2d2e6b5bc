import type { Input } from "@pulse/schema/endpoint";
import { type createWebhook, providers } from "@pulse/schema/wire/webhooks";
import { fill } from "../messages/say.ts";
import type { Session } from "../session.ts";
import { UsageError } from "../usage.ts";
import { readSecret } from "./typed-secret.ts";

type New = Input<typeof createWebhook.body>;

/** The flags of `pulse webhook create`. */
export interface WebhookOptions {
  provider: string;
  function?: string;
  workflow?: string;
  input: string[];
  filter?: string;
  secretFile?: string;
  tolerance?: string;
  maxBytes?: string;
  perMinute?: string;
  hmac: string[];
}

/** What is asked of the gateway. Throws `UsageError`. */
export async function webhookOf(session: Session, name: string, options: WebhookOptions): Promise<New> {
  const { messages } = session;
  const { filter, tolerance, maxBytes, perMinute, hmac, secretFile } = options;
  const provider = providers.find((one) => one === options.provider);
  if (provider === undefined)
    throw new UsageError(fill(messages.whProvider, { known: providers.join(", ") }));
  const secret = await secretOf(session, provider, secretFile);
  return {
    ...{ name, provider, target: targetOf(session, options) },
    ...(secret === undefined ? {} : { secret }),
    ...(filter === undefined ? {} : { filter }),
    ...(tolerance === undefined ? {} : { tolerance }),
    ...(maxBytes === undefined ? {} : { maxBytes: Number(maxBytes) }),
    ...(perMinute === undefined ? {} : { perMinute: Number(perMinute) }),
    ...(hmac.length === 0 ? {} : { hmac: pairsOf(session, "--hmac", hmac) }),
  };
}

/** The secret of a file (`-`: standard input); where only the provider makes them it is asked for; undefined: the gateway makes one. */
export async function secretOf(
  { messages }: Session,
  provider: string,
  file: string | undefined,
): Promise<string | undefined> {
  if (file === undefined && provider !== "stripe" && provider !== "slack") return undefined;
  const ask = { message: fill(messages.whAskSecret, { provider }), empty: messages.noSecretValue };
  try {
    return await readSecret(file === "-" ? undefined : file, ask);
  } catch (error) {
    if (error instanceof UsageError || file === undefined) throw error;
    throw new UsageError(fill(messages.noFile, { file }));
  }
}

/** What the flags say is started. Throws `UsageError`. */
export function targetOf(
  session: Session,
  { function: called, workflow, input }: Pick<WebhookOptions, "function" | "workflow" | "input">,
): New["target"] {
  const values = input.length === 0 ? null : pairsOf(session, "--input", input);
  if (called !== undefined && workflow === undefined) {
    return { function: called, ...(values === null ? {} : { input: values }) };
  }
  if (workflow !== undefined && called === undefined) {
    return { workflow, ...(values === null ? {} : { inputs: values }) };
  }
  throw new UsageError(session.messages.whTarget);
}

type Json = string | number | boolean | null;

/** `name=value`: numbers, true, false and null are what they say, everything else is text. */
function pairsOf({ messages }: Session, flag: string, pairs: readonly string[]): Record<string, Json> {
  return Object.fromEntries(
    pairs.map((one) => {
      const at = one.indexOf("=");
      if (at < 1) throw new UsageError(fill(messages.badPair, { flag, given: JSON.stringify(one) }));
      const text = one.slice(at + 1);
      // The pattern leaves only these.
      const value = /^(true|false|null|-?\d{1,15})$/.test(text) ? (JSON.parse(text) as Json) : text;
      return [one.slice(0, at), value];
    }),
  );
}
