import { readProblem } from "@pulse/schema/client";
import { ProblemError } from "@pulse/schema/problem";
import type { Command } from "commander";
import { run } from "../session.ts";

/** Adds `api`: any call of the control API, its answer as it is. */
export function addApi(program: Command): void {
  program
    .command("api <method> <path>")
    .description("call the control API, such as: api GET /v1/functions")
    .option("-d, --data <json>", "the JSON body")
    .action(
      run(async ({ profile, signal }, command) => {
        const [method = "GET", path = "/"] = command.args;
        const { data } = command.opts<{ data?: string }>();
        const headers: Record<string, string> = { accept: "application/json" };
        if (profile.key !== null) headers.authorization = `Bearer ${profile.key}`;
        if (data !== undefined) headers["content-type"] = "application/json";
        const init = {
          method: method.toUpperCase(),
          headers,
          signal,
          ...(data === undefined ? {} : { body: data }),
        };
        const response = await fetch(profile.gateway + path, init).catch((cause: unknown) => {
          throw new ProblemError("unavailable", `the gateway at ${profile.gateway} could not be reached`, {
            cause,
            members: { unreachable: true },
          });
        });
        if (!response.ok) throw await readProblem(response);
        for await (const chunk of response.body ?? []) process.stdout.write(chunk);
        process.stdout.write("\n");
      }),
    );
}
