import { spawn } from "node:child_process";
import { idPrefixes } from "@pulse/schema/ids";
import { ProblemError } from "@pulse/schema/problem";
import { type Found, find } from "@pulse/schema/wire/search";
import type { Command } from "commander";
import { fill } from "../messages/say.ts";
import { run, type Session } from "../session.ts";

/** Ids that say by themselves where they stand. */
const places: Readonly<Record<string, string>> = {
  [idPrefixes.execution]: "/executions/",
  [idPrefixes.prompt]: "/prompts/",
  [idPrefixes.webhook]: "/triggers/webhooks/",
  [idPrefixes.schedule]: "/triggers/schedules/",
  [idPrefixes.channel]: "/triggers/channels/",
};

/** Adds `open`. */
export function addOpen(program: Command): void {
  program
    .command("open [what]")
    .description(
      "open the dashboard in a browser: at an id, at what has a name, or at an address such as /runners",
    )
    .option("--no-browser", "print the address and open nothing")
    .action(
      run(async (session, command) => {
        const url = `${session.gateway.replace(/\/$/, "")}${await pathOf(session, command.args[0] ?? "/")}`;
        session.answer({ url }, () => url);
        const { browser } = command.opts<{ browser: boolean }>();
        // A pipe wants the address, and nobody looks at a browser of a machine that is asked from afar.
        if (browser && !session.json && process.stdout.isTTY && !(await opened(url)))
          session.note("opNoBrowser");
      }),
    );
}

/** Where something stands in the dashboard. Throws `not_found` for what has no such name. */
async function pathOf({ client, messages, signal }: Session, what: string): Promise<string> {
  if (what.startsWith("/")) {
    const { pathname, search } = new URL(what, "http://localhost");
    return pathname + search;
  }
  const [prefix = ""] = what.split("_");
  const place =
    Object.hasOwn(places, prefix) && /^[a-z]+_[0-9a-z]{26}$/.test(what) ? places[prefix] : undefined;
  if (place !== undefined) return `${place}${what}`;
  const { items } = await client.call(find, { query: { q: what, limit: 20 }, signal });
  const found = items.find(({ name, id, kind }) => id === what || (name === what && kind !== "execution"));
  if (found !== undefined) return addressOf(found);
  throw new ProblemError("not_found", fill(messages.opNothing, { what }), { hint: `pulse find ${what}` });
}

function addressOf({ kind, id, name }: Found): string {
  const named = encodeURIComponent(name);
  if (kind === "execution") return `/executions/${id}`;
  if (kind === "function" || kind === "workflow" || kind === "runner") return `/${kind}s/${named}`;
  return `/triggers/${kind}s/${id}`;
}

/** Has the system open an address; false when it has nothing to do so. No shell sees it. */
function opened(url: string): Promise<boolean> {
  const opener = { darwin: "open", win32: "explorer" }[process.platform as string] ?? "xdg-open";
  return new Promise((resolve) => {
    const child = spawn(opener, [url], { stdio: "ignore", detached: true });
    child.once("error", () => resolve(false));
    child.once("spawn", () => {
      child.unref();
      resolve(true);
    });
  });
}
