import { buildBundle } from "./build-bundle.ts";

/** Writes what a gateway serves under `/install/` into the folder that is named. */
const [, , folder] = process.argv;
if (folder === undefined) throw new Error("usage: node runner/release/main.ts FOLDER");
await buildBundle(folder);
