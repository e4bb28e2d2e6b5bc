import { beforeAll, describe, expect, test } from "vitest";
import { dockerClient, engineAnswers } from "../docker.ts";
import { customVersion, makeImage, sharedWorkshop } from "./custom.suite.ts";

const runs = await engineAnswers(dockerClient());
if (!runs) process.stderr.write("no Docker engine answers: the tests of custom images are skipped\n");

/** Speaks frames by itself: on the socket when it is asked to, else on its standard input and output. */
const program = `import json, os, socket, struct, sys, time

if os.environ.get("ON") == "socket":
    line = socket.socket(socket.AF_UNIX)
    line.connect(os.environ["PULSE_SOCKET"])
    take, give = line.makefile("rb"), line.makefile("wb")
    print("a line of text first", flush=True)
else:
    take, give = sys.stdin.buffer, sys.stdout.buffer

def send(kind, call, payload):
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    give.write(struct.pack(">IcI", len(data), kind, call) + data)
    give.flush()

send(b"R", 0, {"stem": True, "language": "own", "languageVersion": "1", "protocol": 1})
while head := take.read(9):
    length, kind, call = struct.unpack(">IcI", head)
    payload = take.read(length)
    if kind == b"I":
        loaded = json.loads(payload)
        text = "loaded " + loaded["function"]["name"]
        send(b"L", 0, {"stream": "log", "level": "info", "text": text, "time": 0})
        send(b"R", 0, {"ok": True, "kinds": ["fetch"], "initMs": 1})
    elif kind == b"Q":
        asked = json.loads(payload)
        send(b"H", call, {"status": 200, "headers": [["x-own", "1"]]})
        send(b"B", call, (asked["method"] + " " + loaded["env"]["MODE"]).encode())
        send(b"E", call, b"")
        marks = [sys.stderr] + ([sys.stdout] if os.environ.get("ON") == "socket" else [])
        for mark in marks:
            mark.write("\\0pulse:" + asked["nonce"] + "\\n")
            mark.flush()
        send(b"D", call, {})
`;

describe.skipIf(!runs)("a custom image that speaks frames", () => {
  const { folder, workshop } = sharedWorkshop();
  let image: string;
  beforeAll(async () => {
    const lines = ["COPY program.py /app/program.py", 'ENTRYPOINT ["python3", "/app/program.py"]'];
    image = await makeImage("pulse-test-frames:1", lines, { "program.py": program });
  }, 120_000);
  const settings = { protocol: "stdio" as const, egress: "none" as const };

  test.each(["stdio", "socket"])(
    "on its %s is loaded once and called as a runtime of ours is",
    async (on) => {
      const version = await customVersion(workshop(), folder(), {
        ...settings,
        image,
        env: { ON: on, MODE: "prod" },
      });
      expect(version.built).toMatchObject({ status: "succeeded", built: { kinds: ["fetch"] } });
      expect(version.buildLog).toContain("loaded tested");
      const { text, link, ended } = version.call({ method: "PUT", body: "x" });
      expect(await text).toBe("PUT prod");
      expect(link.head).toEqual({ status: 200, headers: [["x-own", "1"]] });
      expect((await ended).timing.start).toBe("warm");
      expect(await version.call({ method: "GET" }).text).toBe("GET prod");
    },
  );

  test("one that speaks something else could not be initialised, and says what it said", async () => {
    const { built } = await customVersion(workshop(), folder(), {
      ...{ ...settings, image, command: ["python3", "-c", "import sys; sys.exit('not frames')"] },
    });
    expect(built).toMatchObject({ status: "failed", reason: "init_error" });
    expect(built.error?.message).toContain("not frames");
  });

  test("what an egress list names is reached through the runner's proxy, and nothing else", async () => {
    const fetches =
      "import urllib.request, sys\ntry:\n    urllib.request.urlopen('http://refused.example.test:81/')\nexcept Exception as error:\n    print(error)\n";
    const version = await customVersion(
      workshop(),
      folder(),
      {
        image,
        protocol: "exec",
        egress: ["allowed.example.test:80"],
        command: ["python3", "/fn/code/main.py"],
      },
      { "main.py": fetches },
    );
    const { text, link } = version.call();
    expect(await text).toContain("403");
    expect(link.text).toContain("refused.example.test:81");
  });
});
