import type { Input } from "@pulse/schema/endpoint";
import type { ChannelType, createChannel } from "@pulse/schema/wire/channels";
import { fill } from "../messages/say.ts";
import type { Session } from "../session.ts";
import { UsageError } from "../usage.ts";
import { readSecret } from "./typed-secret.ts";

type Settings = Input<typeof createChannel.body>["settings"];

/** The flags that say how a channel is reached. */
export interface ChannelOptions {
  to: string[];
  chat?: string;
  thread?: string;
  topic?: string;
  server?: string;
  signingSecretFile?: string;
  secretFile?: string;
}

/** How a channel of a type is reached; what is a credential is read, never taken from the command line. Throws `UsageError`. */
export async function settingsOf(
  session: Session,
  type: ChannelType,
  options: ChannelOptions,
): Promise<Settings> {
  const { to, chat, thread, topic, server, signingSecretFile, secretFile } = options;
  const needed = (value: string | undefined, flag: string): string => {
    if (value === undefined) throw new UsageError(fill(session.messages.chNeeds, { type, flag }));
    return value;
  };
  const at = server === undefined ? {} : { server };
  switch (type) {
    case "email":
      if (to.length === 0) needed(undefined, "--to");
      return { type, to };
    case "telegram": {
      const place = {
        chat: needed(chat, "--chat"),
        ...(thread === undefined ? {} : { thread: Number(thread) }),
      };
      return { type, ...place, ...at, token: await read(session, secretFile, "chAskToken") };
    }
    case "ntfy": {
      // A topic that asks for no token is the usual one.
      const token = secretFile === undefined ? {} : { token: await read(session, secretFile, "chAskToken") };
      return { type, topic: needed(topic, "--topic"), ...at, ...token };
    }
    case "webhook": {
      const secret =
        signingSecretFile === undefined
          ? {}
          : { secret: await read(session, signingSecretFile, "chAskSecret") };
      return { type, url: await read(session, secretFile, "chAskUrl"), ...secret };
    }
    default:
      return { type, url: await read(session, secretFile, "chAskUrl") };
  }
}

async function read(
  { messages }: Session,
  file: string | undefined,
  asks: "chAskUrl" | "chAskToken" | "chAskSecret",
): Promise<string> {
  try {
    const text = await readSecret(file === "-" ? undefined : file, {
      ...{ message: messages[asks], empty: messages.noSecretValue },
    });
    return text.trim();
  } catch (error) {
    if (error instanceof UsageError || file === undefined) throw error;
    throw new UsageError(fill(messages.noFile, { file }));
  }
}
