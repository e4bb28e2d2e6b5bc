import * as z from "zod";
import type { HandedOut } from "../ports.ts";

/** Where the list of archives stands among the built files. */
export const handedOutPath = "/install/manifest.json";

const shape = z.object({
  version: z.string(),
  protocol: z.number().int(),
  node: z.string(),
  bundles: z.array(
    z.object({
      platform: z.string(),
      file: z.string(),
      sha256: z.string(),
      bytes: z.number().int(),
    }),
  ),
});

/** What a built list of archives says; throws for what is none. */
export function readHandedOut(text: string): HandedOut {
  return shape.parse(JSON.parse(text));
}
