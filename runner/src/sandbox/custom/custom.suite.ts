import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { HeaderList } from "@pulse/schema/wire/job";
import { pack } from "tar-stream";
import { afterAll, beforeAll, expect, vi } from "vitest";
import type { AttemptEnd, Workshop } from "../../work.ts";
import { dockerClient } from "../docker.ts";
import { followWork } from "../images/progress.ts";
import { ownImage } from "../images/runtime-images.ts";
import { type Deployed, deploy, type Files, RecordingLink } from "../recording-link.suite.ts";
import { createWorkshop } from "../workshop.ts";

/** An image with Python that every engine of the tests has. */
export const pythonBase = process.env.PULSE_IMAGE_PYTHON ?? ownImage("python");

/** Builds an image of a test from lines of a Dockerfile and the files beside it. */
export async function makeImage(
  name: string,
  lines: string[],
  files: Record<string, string> = {},
): Promise<string> {
  const docker = dockerClient();
  const context = pack();
  context.entry({ name: "Dockerfile" }, [`FROM ${pythonBase}`, ...lines, ""].join("\n"));
  for (const [path, text] of Object.entries(files)) context.entry({ name: path, mode: 0o755 }, text);
  context.finalize();
  await followWork(docker, await docker.buildImage(Readable.from(context), { t: name }), () => undefined);
  return name;
}

/** A program that serves HTTP and says what it sees. */
export const server = `import http.server, json, os, subprocess, sys, time

class Mirror(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *args):
        pass
    def whole(self, status, body, kind="application/json", more=()):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in more:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
    def part(self, text):
        self.wfile.write(b"%x\\r\\n%s\\r\\n" % (len(text), text))
        self.wfile.flush()
    def body(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            while True:
                size = int(self.rfile.readline(), 16)
                data = self.rfile.read(size)
                self.rfile.readline()
                if size == 0:
                    return
                yield data
        else:
            yield self.rfile.read(int(self.headers.get("Content-Length", 0)))
    def any(self):
        path = self.path.partition("?")[0]
        print("called", self.command, self.path, flush=True)
        if path == "/stream":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for data in self.body():
                self.part(b"got %d\\n" % len(data))
            self.part(b"")
        elif path == "/large":
            self.whole(200, b"x" * 3_000_000, "text/plain")
        elif path == "/slow":
            time.sleep(30)
        elif path == "/crash":
            os.kill(os.getpid(), 11)
        elif path == "/exit":
            os._exit(3)
        elif path == "/hoard":
            hoard = []
            while True:
                hoard.append(bytearray(10_000_000))
        elif path == "/deaf":
            self.server.socket.close()
            self.whole(200, b"{}")
        elif path == "/half":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"half")
            self.close_connection = True
        elif path == "/teapot":
            self.whole(418, b"short and stout", "text/plain", [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
        elif path == "/code":
            self.whole(200, open("/fn/code/" + self.path.partition("?")[2], "rb").read())
        else:
            status = open("/proc/self/status").read()
            seen = {
                "method": self.command, "path": self.path, "headers": [[n.lower(), v] for n, v in self.headers.items()],
                "body": b"".join(self.body()).decode(), "env": dict(os.environ), "pid": os.getpid(), "uid": os.getuid(),
                "capabilities": [l.split()[1] for l in status.splitlines() if l.startswith("CapBnd")][0],
                "interfaces": os.listdir("/sys/class/net"),
            }
            for folder in ("/", "/data", "/tmp"):
                try:
                    open(folder + "/probe", "w").close()
                    seen[folder] = "written"
                except OSError as error:
                    seen[folder] = error.strerror
            self.whole(200, json.dumps(seen).encode())
    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_HEAD = any

print("starting on", os.environ["PORT"], flush=True)
try:
    http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Mirror).serve_forever()
except Exception:
    time.sleep(60)
`;

/** A workshop of a test that runs custom images. */
export async function customWorkshop(
  folder: string,
  customImages: { allowed: string; authFile: string | null } = { allowed: "", authFile: null },
  log: (line: string) => void = () => undefined,
): Promise<{ workshop: Workshop; runner: string }> {
  const runner = `rnr_${randomBytes(6).toString("hex")}`;
  const workshop = await createWorkshop({
    ...{ kind: "docker", stateDir: join(folder, runner), slots: 4, runner, log, customImages },
    images: {
      typescript: process.env.PULSE_IMAGE_TYPESCRIPT ?? null,
      python: process.env.PULSE_IMAGE_PYTHON ?? null,
    },
    confinement: { runtime: null, seccomp: "strict" },
    egress: { filtered: true, opened: [] },
  });
  await vi.waitFor(() => expect(workshop.runtimes).toContain("image"), 60_000);
  return { workshop, runner };
}

/** What the tests of a file share: a workshop and a folder, which are there while they run. */
export function sharedWorkshop(): { folder(): string; workshop(): Workshop; runner(): string } {
  let folder: string;
  let made: Awaited<ReturnType<typeof customWorkshop>> | undefined;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "pulse-custom-"));
    made = await customWorkshop(folder);
  }, 120_000);
  afterAll(async () => {
    await made?.workshop.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);
  const there = () => {
    if (made === undefined) throw new Error("the workshop is there while tests run");
    return made;
  };
  return { folder: () => folder, workshop: () => there().workshop, runner: () => there().runner };
}

type Settings = Deployed["build"]["spec"]["settings"];

/** A request of a test. */
export interface Asked {
  method?: string;
  path?: string;
  headers?: HeaderList;
  body?: string | Uint8Array;
  timeoutMs?: number;
  /** Another image than the one that the build pinned. */
  pinned?: string;
}

/** A version that is an image, built, and how it is called. */
export interface CustomVersion {
  pinned: string | undefined;
  built: AttemptEnd;
  buildLog: string;
  /** Calls it, on another workshop where one is given. */
  call(
    asked?: Asked,
    elsewhere?: Workshop,
  ): {
    link: RecordingLink;
    ended: Promise<AttemptEnd>;
    stop: AbortController;
    text: Promise<string>;
  };
  /** Orders so many sandboxes of it, as the gateway does; 0: its code and image alone. */
  order(count: number, at: Workshop): void;
}

/** Builds a version as a deploy does, and calls what was pinned. */
export async function customVersion(
  workshop: Workshop,
  folder: string,
  settings: Settings,
  files: Files = {},
  secrets: Record<string, string> = {},
): Promise<CustomVersion> {
  const version = await deploy(folder, "image", files, settings);
  const buildLink = new RecordingLink(version.archive);
  buildLink.opened = secrets;
  const built = await workshop.build(version.build, buildLink, new AbortController().signal);
  const image = built.built?.image;
  return {
    pinned: image,
    built,
    buildLog: buildLink.text,
    call(
      { method = "POST", path = "/", headers = [], body, timeoutMs = 60_000, pinned = image } = {},
      at = workshop,
    ) {
      const request = { method, url: `http://pulse.test/f/x${path}`, path, headers };
      const place = { at: body === undefined ? ("none" as const) : ("piped" as const) };
      const job = version.call({
        timeoutMs,
        spec: { request, body: place, ...(pinned === undefined ? {} : { image: pinned }) },
      });
      const link = new RecordingLink(version.archive, body === undefined ? null : Buffer.from(body));
      link.opened = secrets;
      const stop = new AbortController();
      const ended = at.run(job, link, stop.signal);
      const text = ended.then(async (end) => {
        await link.bodyRead;
        if (end.status !== "succeeded") throw new Error(JSON.stringify(end.error));
        return link.body.toString();
      });
      text.catch(() => undefined);
      return { link, ended, stop, text };
    },
    order(count, at) {
      const { project, version: id, bundle, secrets, spec } = version.call({ spec: image ? { image } : {} });
      const link = new RecordingLink(version.archive);
      const warmLink = { content: () => link.content(), open: async () => ({}) };
      at.prewarm([{ project, version: id, bundle, secrets, spec, count }], warmLink);
    },
  };
}
