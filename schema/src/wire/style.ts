import * as z from "zod";
import { runtimeMeant } from "./image.ts";
import type { Language } from "./manifest.ts";

/** The settings of a function that was written for another platform; each belongs to a version. */
export const styleSettings = {
  /** Written for AWS Lambda. */
  lambda: z
    .strictObject({
      /** File and export, as Lambda has it: `src/app.handler`. Default `index.handler`, `lambda_function.lambda_handler` in Python. */
      handler: z
        .string()
        .max(128)
        .regex(/^[\w./-]*[\w-]\.[\w$.]*[\w$]$/, 'must be file and export, such as "src/app.handler"')
        .optional(),
      /** What a call over HTTP is to the handler: its JSON body (`payload`, the default), or the event of a function URL (`2.0`) or of a REST API (`1.0`). */
      event: z.enum(["payload", "2.0", "1.0"]).optional(),
    })
    .optional(),
  /** Written for Apache OpenWhisk. */
  openwhisk: z
    .strictObject({
      /** The function's name; default `main`. */
      main: z
        .string()
        .max(128)
        .regex(/^[A-Za-z_$][\w$]*$/, "must be the name of a function")
        .optional(),
      /** What a call over HTTP is to the action: its JSON body (`payload`, the default), or that of a web action (`web`) or a raw one (`raw`). */
      event: z.enum(["payload", "web", "raw"]).optional(),
    })
    .optional(),
};

/** What decides what code was written for, as it is written. */
interface Written {
  runtime?: string | undefined;
  image?: unknown;
  entry?: string | undefined;
  lambda?: { handler?: string | undefined } | undefined;
  openwhisk?: object | undefined;
}

/** What does not go together between code for another platform and other settings, each with the setting that is wrong; empty when all is well. */
export function styleFaults(written: Written): { setting: string; detail: string }[] {
  const { lambda, openwhisk, entry } = written;
  const named = lambda === undefined ? openwhisk && "openwhisk" : "lambda";
  if (named === undefined) return [];
  if (lambda !== undefined && openwhisk !== undefined)
    return [{ setting: "openwhisk", detail: "code is written for lambda or for openwhisk: leave one out" }];
  if (runtimeMeant({ runtime: written.runtime, image: written.image }) === "image")
    return [{ setting: named, detail: `an image is run as it is: ${named} is for typescript and python` }];
  if (lambda?.handler !== undefined && entry !== undefined)
    return [{ setting: "entry", detail: "lambda.handler names the file: leave out entry" }];
  return [];
}

/** The files that may hold code for another platform, the first that is there counts; null for code of ours. */
export function styleEntries(
  runtime: Language,
  { lambda, openwhisk }: Pick<Written, "lambda" | "openwhisk">,
): string[] | null {
  if (lambda === undefined && openwhisk === undefined) return null;
  const endings = ["js", "mjs", "cjs", "ts", "mts", "cts", "tsx"];
  const inScript = (path: string) => endings.map((ending) => `${path}.${ending}`);
  if (lambda === undefined)
    return runtime === "python" ? ["__main__.py", "main.py"] : [...inScript("index"), ...inScript("main")];
  if (runtime === "typescript") {
    const [, path = ""] = /^((?:.*\/)?[^./]*)\./.exec(lambda.handler ?? "index.handler") ?? [];
    return inScript(path);
  }
  const handler = lambda.handler ?? "lambda_function.lambda_handler";
  const path = handler.slice(0, handler.lastIndexOf("."));
  return [`${path}.py`, `${path.replaceAll(".", "/")}.py`];
}
