import * as wire from "@pulse/schema/wire/projects";
import type { Command } from "commander";
import { run } from "../session.ts";
import { table } from "../table.ts";

/** Adds `project list|create|delete`. */
export function addProject(program: Command): void {
  const projects = program
    .command("project")
    .description("projects, which share nothing; --project says which one a command means");
  projects
    .command("list")
    .description("the projects that one may use")
    .action(
      run(async ({ client, answer, signal }) => {
        const list = await client.call(wire.listProjects, { signal });
        const rows = list.items.map((one) => [one.name, one.role ?? "", one.createdAt ?? ""]);
        answer(list, () => table([["PROJECT", "ROLE", "CREATED"], ...rows]));
      }),
    );
  projects
    .command("create <name>")
    .description("make a project")
    .action(
      run(async ({ client, answer, note, signal }, command) => {
        const name = command.args[0] ?? "";
        const made = await client.call(wire.createProject, { body: { name }, signal });
        note("projectCreated", { name });
        answer(made, () => "");
      }),
    );
  projects
    .command("delete <name>")
    .description("delete a project without functions and runners; its keys end")
    .action(
      run(async ({ client, answer, note, signal }, command) => {
        const name = command.args[0] ?? "";
        await client.call(wire.deleteProject, { params: { name }, signal });
        note("deleted", { name });
        answer({ name, deleted: true }, () => "");
      }),
    );
}
