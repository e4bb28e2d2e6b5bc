import { expect, test } from "vitest";
import { commandTable } from "../completion/command-table.ts";
import { buildProgram } from "../program.ts";
import { helpEs } from "./help-es.ts";

const programs = { en: await buildProgram("en"), es: await buildProgram("es") };
const shown = commandTable(programs.en)
  .flatMap(({ commands, flags }) => [...commands, ...flags])
  .map(({ description }) => description);

test("every command and flag is described, in both languages", () => {
  expect(shown).not.toContain("");
  expect(shown.filter((text) => helpEs[text] === undefined)).toEqual([]);
});

test("the Spanish catalogue has no text that is not shown", () => {
  const titles = ["Usage:", "Options:", "Global Options:", "Commands:", "Arguments:"];
  const known = new Set([...shown, ...titles, programs.en.description()]);
  expect(Object.keys(helpEs).filter((text) => !known.has(text))).toEqual([]);
});

test("help is in the language asked for, the global flags with every command", () => {
  const deploy = (language: "en" | "es") =>
    programs[language].commands.find((one) => one.name() === "deploy")?.helpInformation();
  expect(deploy("en")).toMatch(/Usage: pulse deploy[\s\S]*Global Options:[\s\S]*--json/);
  expect(deploy("es")).toMatch(
    /Uso: pulse deploy[\s\S]*no espera a la construcción[\s\S]*Opciones globales:/,
  );
});
