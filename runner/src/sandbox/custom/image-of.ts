import type { CapturedLine } from "../../work.ts";
import { type CustomImages, ImageError, type PinnedImage } from "../images/custom-images.ts";
import type { Loadable } from "../run-call.ts";

/** Calls wait this long for their image; the pull goes on for those that come later. */
const waitMs = 120_000;

/** The image of a version that is one, on this machine; undefined for any other. What is done for it is said in the job's log. Throws `ImageError`. */
export async function imageOf(
  images: CustomImages | null,
  { spec }: Pick<Loadable, "spec">,
  log: (line: CapturedLine) => void,
  signal: AbortSignal,
): Promise<PinnedImage | undefined> {
  if (spec.runtime !== "image") return undefined;
  const written = spec.settings.image;
  if (images === null || written === undefined)
    throw new ImageError("refused_by_runner", "this runner runs no custom images: it has no Docker engine");
  const say = (text: string) => log({ t: Date.now(), s: "system", l: "info", d: text });
  // A build pins what the name stands for; everything else runs what was pinned.
  const pinned = "image" in spec ? spec.image : undefined;
  if (pinned === undefined) return atMost(images.resolve(written, say), null, signal);
  const late = () => new ImageError("infrastructure", `the image is not there yet: ${images.preparing()}`);
  return atMost(images.ensure(pinned, written, say), late, signal);
}

/** Stops waiting, not the work. Throws the signal's reason. */
async function atMost<Value>(
  work: Promise<Value>,
  late: (() => Error) | null,
  signal: AbortSignal,
): Promise<Value> {
  const gone = Promise.withResolvers<never>();
  const leave = () => gone.reject(signal.reason);
  if (signal.aborted) leave();
  signal.addEventListener("abort", leave, { once: true });
  const timer = late === null ? undefined : setTimeout(() => gone.reject(late()), waitMs);
  work.catch(() => undefined);
  try {
    return await Promise.race([work, gone.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", leave);
  }
}
