import { readProblem } from "@pulse/schema/client";
import type { Command } from "commander";
import { fill } from "../messages/say.ts";
import { run } from "../session.ts";
import { UsageError } from "../usage.ts";

/** Adds `api`: any call of the control API, its answer as it is. */
export function addApi(program: Command): void {
  program
    .command("api <method> <path>")
    .description("call the control API, such as: api GET /v1/functions")
    .option("-d, --data <json>", "the JSON body")
    .action(
      run(async ({ gateway, fetch: send, signal, messages }, command) => {
        const [method = "GET", path = "/"] = command.args;
        const { data } = command.opts<{ data?: string }>();
        if (!path.startsWith("/")) throw new UsageError(fill(messages.badPath, { given: path }));
        const headers: Record<string, string> = { accept: "application/json" };
        if (data !== undefined) headers["content-type"] = "application/json";
        const response = await send(gateway + path, {
          method: method.toUpperCase(),
          headers,
          signal,
          ...(data === undefined ? {} : { body: data }),
        });
        if (!response.ok) throw await readProblem(response);
        let last = 10;
        for await (const chunk of response.body ?? []) {
          process.stdout.write(chunk);
          last = chunk.at(-1) ?? last;
        }
        if (last !== 10) process.stdout.write("\n");
      }),
    );
}
