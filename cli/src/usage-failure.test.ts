import { CommanderError } from "commander";
import { expect, test } from "vitest";
import { en } from "./messages/en.ts";
import { es } from "./messages/es.ts";
import { buildProgramFor } from "./program.ts";
import { languageFlagIn, usageErrorOf } from "./usage-failure.ts";

/** What the parser throws for these words. */
async function thrownBy(words: readonly string[]): Promise<CommanderError> {
  try {
    (await buildProgramFor("en", words)).parse([...words], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error;
  }
  throw new Error(`${words.join(" ")} was understood`);
}

test.each([
  [["deplyo"], "there is no command deplyo", "no existe la orden deplyo"],
  [["whoami", "--jsn"], "there is no flag --jsn", "no existe la opción --jsn"],
  [["invoke"], "<function> is missing", "falta <function>"],
  [["deploy", "-m"], "-m, --message <text> needs a value", "-m, --message <text> necesita un valor"],
  [["key", "create", "ci"], "--scope <list> is needed", "falta --scope <list>"],
  [["whoami", "me"], "too many words for whoami", "sobran palabras en whoami"],
  [
    ["--lang", "fr", "whoami"],
    "--lang <language> takes one of en, es, got fr",
    "--lang <language> espera uno de en, es, se recibió fr",
  ],
])("pulse %j in both languages", async (words, english, spanish) => {
  const thrown = await thrownBy(words);
  expect(usageErrorOf(thrown, en).message).toBe(english);
  expect(usageErrorOf(thrown, es).message).toBe(spanish);
});

test("the nearest word is a hint", async () => {
  expect(usageErrorOf(await thrownBy(["deplyo"]), en).hint).toBe("did you mean deploy?");
  expect(usageErrorOf(await thrownBy(["whoami", "--jsn"]), es).hint).toBe("¿quiso decir --json?");
  expect(usageErrorOf(await thrownBy(["zebra"]), en).hint).toBeUndefined();
});

test.each([
  [["whoami", "--lang", "es"], "es"],
  [["--lang=es", "whoami"], "es"],
  [["api", "GET", "/", "--", "--lang", "es"], undefined],
  [["whoami"], undefined],
])("the language of %j", (words, expected) => {
  expect(languageFlagIn(words)).toBe(expected);
});
