import type { Command } from "commander";
import { expect, test } from "vitest";
import { commandModules } from "./command-modules.ts";
import { buildProgram, buildProgramFor } from "./program.ts";

const namesOf = (program: Command) =>
  program.commands.flatMap((command) => [command.name(), ...command.aliases()]);

test.each(commandModules)(
  "the file of $names adds these and no others, alone as among all",
  async ({ names }) => {
    const [whole, part] = [await buildProgram("en"), await buildProgramFor("en", [names[0] ?? "", "--json"])];
    expect(namesOf(part)).toEqual(names[0] === "completion" ? namesOf(whole) : names);
    const helpOf = (program: Command) => program.commands.find((one) => one.name() === names[0]);
    expect(helpOf(part)?.helpInformation()).toBe(helpOf(whole)?.helpInformation());
  },
);

test.each([[[]], [["--help"]], [["--profile", "deploy"]], [["deplyo"]], [["--no-such-flag", "deploy"]]])(
  "every command is there after pulse %j",
  async (words) => {
    expect(namesOf(await buildProgramFor("en", words))).toEqual(namesOf(await buildProgram("en")));
  },
);

test("flags before a command and their values are no commands", async () => {
  expect(
    namesOf(await buildProgramFor("en", ["-p", "key", "-C", "run", "--json", "deploy", "init"])),
  ).toEqual(["deploy"]);
});
