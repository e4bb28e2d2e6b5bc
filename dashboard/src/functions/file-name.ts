import type { Key } from "../words/words.ts";
import { manifestName } from "./manifest-text.ts";

/** What is wrong with the name of a file in a draft; null: nothing. `others` are the names there are. */
export function fileNameFault(name: string, others: readonly string[]): Key | null {
  if (name === "") return "code.file_empty";
  if (others.includes(name)) return "code.file_exists";
  if (name === manifestName || name === "pulse.json") return "code.file_settings";
  const isPath = /^[^\\\p{Cc}]{1,255}$/u.test(name) && !/(^|\/)(\.{0,2})(\/|$)/.test(name);
  return isPath ? null : "code.file_bad";
}

/** What was made to be edited first: the entry, else the first file. */
export function firstFile(paths: readonly string[], entry: string | undefined): string {
  const usual = ["index.ts", "index.tsx", "index.mts", "index.js", "index.mjs", "main.py"];
  return (
    [entry, ...usual].find((one) => one !== undefined && paths.includes(one)) ?? paths[0] ?? manifestName
  );
}
