import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/device";
import { fill } from "../messages/say.ts";
import type { Session } from "../session.ts";

/** RFC 8628, 3.5: each `slow_down` adds five seconds. */
const slowerMs = 5000;

/** Signs this machine in by a person's word in a browser: says where and with which code, and waits. Returns the key. */
export async function loginByDevice({ client, messages, signal }: Session): Promise<string> {
  const begun = await client.call(wire.startDeviceLogin, {
    body: { machine: hostname() || "machine" },
    signal,
  });
  // Said with --quiet and --json too: without it nobody can say yes.
  const said = fill(messages.openDevice, { url: begun.verification_uri_complete, code: begun.user_code });
  process.stderr.write(`${said}\n`);
  for (let waitMs = begun.interval * 1000; ; ) {
    await sleep(waitMs, undefined, { signal });
    try {
      const { key } = await client.call(wire.takeDeviceKey, {
        body: { device_code: begun.device_code },
        signal,
      });
      return key;
    } catch (error) {
      const code = error instanceof ProblemError ? error.code : null;
      if (code === "slow_down") waitMs += slowerMs;
      else if (code !== "authorization_pending" && code !== "rate_limited") throw error;
    }
  }
}
