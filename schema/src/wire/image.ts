import * as z from "zod";

/** How a custom image is talked to: `http` on `$PORT`, `exec` (standard input to standard output), `stdio` (our frames). */
export const protocolField = z.enum(["http", "exec", "stdio"]);
export type Protocol = z.output<typeof protocolField>;

const host = "(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::[0-9]{1,5})?/)?";
const part = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const reference = new RegExp(
  `^${host}${part}(?:/${part})*(?::[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`,
);

/** The settings of a function that is an image; each belongs to a version. */
export const imageSettings = {
  image: z
    .string()
    .max(400)
    .regex(reference, "must be the name of an image, such as registry.example.test/app:1")
    .optional(),
  protocol: protocolField.optional(),
  /** The program with its arguments, in place of what the image starts. */
  command: z.array(z.string().max(4096)).min(1).max(64).optional(),
  /** The media type of what an `exec` program writes. */
  contentType: z
    .string()
    .min(1)
    .max(200)
    .regex(/^[\x20-\x7e]+$/, "must be printable ASCII")
    .optional(),
};

/** What decides whether a function is an image, as it is written. */
interface Written {
  runtime?: string | undefined;
  image?: string | undefined;
  entry?: string | undefined;
  protocol?: Protocol | undefined;
  command?: readonly string[] | undefined;
  contentType?: string | undefined;
  concurrency?: number | undefined;
}

/** The runtime that is meant: the one named, else `image` where an image is set, else `typescript`. */
export function runtimeMeant<R extends string>({
  runtime,
  image,
}: {
  runtime?: R | undefined;
  image?: unknown;
}): R | "image" | "typescript" {
  return runtime ?? (image === undefined ? "typescript" : "image");
}

/** What does not go together between a runtime and the settings of an image, each with the setting that is wrong; empty when all is well. */
export function imageFaults(written: Written): { setting: string; detail: string }[] {
  const isImage = runtimeMeant(written) === "image";
  const fault = (setting: string, detail: string) => [{ setting, detail }];
  if (!isImage) {
    if (written.image !== undefined)
      return fault("image", `an image is run in place of a runtime: leave out runtime ${written.runtime}`);
    return (["protocol", "command", "contentType"] as const)
      .filter((setting) => written[setting] !== undefined)
      .flatMap((setting) => fault(setting, `${setting} is for functions with an image`));
  }
  if (written.image === undefined) return fault("image", "the runtime image needs the name of an image");
  const isExec = written.protocol === "exec";
  return [
    ...(written.entry === undefined ? [] : fault("entry", "an image has no entry: its command is what runs")),
    ...(isExec && (written.concurrency ?? 1) > 1
      ? fault("concurrency", "with protocol exec each call has a container of its own: concurrency must be 1")
      : []),
    ...(!isExec && written.contentType !== undefined
      ? fault("contentType", "contentType is for protocol exec: the program says it itself otherwise")
      : []),
  ];
}

/** Whether what a name stands for may change: one with a digest cannot. */
export function mayMove(image: string): boolean {
  return !image.includes("@sha256:");
}
