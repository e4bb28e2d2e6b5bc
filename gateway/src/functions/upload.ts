import { ProblemError } from "@pulse/schema/problem";
import type { DeployBody } from "@pulse/schema/wire/functions";
import { deploySettings, runtimeField } from "@pulse/schema/wire/manifest";
import * as z from "zod";
import { invalid } from "../http/bind.ts";
import { readBytes } from "../http/read-body.ts";
import { gunzipParts } from "./gunzip-parts.ts";
import { readTarParts } from "./read-tar.ts";
import { type BundleFile, bundleMost } from "./tar.ts";

/** What both forms of a deploy come to. */
export interface Upload {
  runtime: DeployBody["runtime"];
  entry: string | undefined;
  files: BundleFile[];
  settings: z.output<typeof deploySettings>;
  message: string | undefined;
}

const uploadMostBytes = 60 * 2 ** 20;
const meta = z.strictObject({
  runtime: runtimeField,
  entry: z.string().max(200).optional(),
  settings: deploySettings.prefault({}),
  message: z.string().max(500).optional(),
});

/** The bytes of a file that is given as text or base64. */
export function contentOf(content: DeployBody["files"][string]): Uint8Array<ArrayBuffer> {
  return typeof content === "string"
    ? new TextEncoder().encode(content)
    : Uint8Array.fromBase64(content.base64);
}

/** The JSON form: files as text or base64. */
export function fromJson(body: DeployBody): Upload {
  const files = Object.entries(body.files).map(([path, content]) => ({ path, content: contentOf(content) }));
  return { runtime: body.runtime, entry: body.entry, files, settings: body.settings, message: body.message };
}

/** The multipart form: `bundle` (tar.gz) and `manifest` (JSON). Throws `invalid_bundle`, `validation_failed`, `payload_too_large`. */
export async function fromMultipart(request: Request): Promise<Upload> {
  const type = request.headers.get("content-type") ?? "";
  const bytes = await readBytes(request, uploadMostBytes);
  const form = await new Response(bytes, { headers: { "content-type": type } })
    .formData()
    .catch((cause: unknown) => {
      throw new ProblemError("bad_request", "the body is not valid multipart/form-data", { cause });
    });
  const bundle = form.get("bundle");
  const manifest = form.get("manifest");
  if (!(bundle instanceof Blob) || manifest === null) {
    throw new ProblemError(
      "validation_failed",
      'the form needs "bundle" (a tar.gz file) and "manifest" (JSON)',
    );
  }
  const text = typeof manifest === "string" ? manifest : await manifest.text();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ProblemError(
      "invalid_json",
      `manifest: ${error instanceof Error ? error.message : "not JSON"}`,
    );
  }
  const parsed = meta.safeParse(value);
  if (!parsed.success) throw invalid(parsed.error, "/manifest");
  const packed = new Uint8Array(await bundle.arrayBuffer());
  // Room for headers and padding of the most files allowed; more is refused before it is unpacked whole.
  const most = bundleMost.bytes + bundleMost.files * 2048;
  const files = await readTarParts(gunzipParts(packed), most).catch((cause: unknown) => {
    if (cause instanceof ProblemError) throw cause;
    throw new ProblemError("invalid_bundle", "the bundle is no gzip, or unpacks to more than 50 MiB", {
      cause,
    });
  });
  const { runtime, entry, settings, message } = parsed.data;
  return { runtime, entry, files, settings, message };
}
