import { beforeAll, describe, expect, test, vi } from "vitest";
import { dockerClient, engineAnswers } from "../docker.ts";
import { type CustomVersion, customVersion, makeImage, sharedWorkshop } from "./custom.suite.ts";

const docker = dockerClient();
const runs = await engineAnswers(docker);
if (!runs) process.stderr.write("no Docker engine answers: the tests of custom images are skipped\n");

const program = `import json, os, sys, time
what = os.environ["PULSE_PATH"]
if what == "/facts":
    print(json.dumps(dict(os.environ)))
elif what == "/fail":
    print("half of it")
    sys.stdout.flush()
    print("first", file=sys.stderr)
    print("the reason", file=sys.stderr)
    sys.exit(7)
elif what == "/slow":
    print("sleeping", file=sys.stderr, flush=True)
    time.sleep(30)
elif what == "/hoard":
    hoard = []
    while True:
        hoard.append(bytearray(10_000_000))
elif what == "/signal":
    os.kill(os.getpid(), 11)
elif what == "/deaf":
    print("read nothing")
elif what == "/drip":
    for line in ("one", "two"):
        print(line, flush=True)
        sys.stdin.buffer.read(1)
else:
    print("reading", file=sys.stderr)
    while data := sys.stdin.buffer.read(65536):
        sys.stdout.buffer.write(data.upper())
`;

describe.skipIf(!runs)("a custom image that is run for each call", () => {
  const { folder, workshop, runner } = sharedWorkshop();
  let image: string;
  let version: CustomVersion;
  beforeAll(async () => {
    image = await makeImage("pulse-test-exec:1", ['ENTRYPOINT ["python3"]', 'CMD ["/fn/code/main.py"]']);
    const settings = { image, protocol: "exec" as const, egress: "none" as const, env: { MODE: "it's" } };
    version = await customVersion(workshop(), folder(), settings, { "main.py": program.split("\n") });
  }, 120_000);

  test("has the request's body on its standard input, and answers with its standard output", async () => {
    expect(version.built).toMatchObject({ status: "succeeded", built: { kinds: ["exec"] } });
    const { text, link, ended } = version.call({ path: "/", body: "shout" });
    expect(await text).toBe("SHOUT");
    expect(link.head).toEqual({ status: 200, headers: [["content-type", "application/octet-stream"]] });
    expect(link.text).toContain("reading");
    expect(link.text).not.toContain("SHOUT");
    expect(await ended).toMatchObject({ status: "succeeded" });
  });

  test("large bodies pass both ways", async () => {
    expect(await version.call({ body: "abc".repeat(1_000_000) }).text).toBe("ABC".repeat(1_000_000));
  });

  test("the facts of the call are its environment, and nothing of them is run", async () => {
    const sly = "/facts?x='$(touch /tmp/owned)'&y=\"`id`";
    const headers: [string, string][] = [
      ["content-type", "text/x-own"],
      ["x-note", "it's $HOME\\n; exit 9"],
    ];
    const { text, ended } = version.call({ method: "PATCH", path: sly, headers });
    const env = JSON.parse(await text);
    expect(env).toMatchObject({ PULSE_METHOD: "PATCH", PULSE_PATH: "/facts", MODE: "it's" });
    expect(env.PULSE_QUERY).toBe(sly.slice(7));
    expect(env.PULSE_CONTENT_TYPE).toBe("text/x-own");
    expect(JSON.parse(env.PULSE_HEADERS)).toEqual(headers);
    expect(env.PULSE_EXECUTION_ID).toMatch(/^exe_/);
    expect(await ended).toMatchObject({ timing: { start: expect.stringMatching(/stem|cold/) } });
  });

  test("each call has a container of its own, the next of which waits already", async () => {
    const first = JSON.parse(await version.call({ path: "/facts" }).text);
    await vi.waitFor(async () => {
      const waiting = await docker.listContainers({
        filters: { label: [`pulse.runner=${runner()}`], status: ["running"] },
      });
      expect(waiting.length).toBeGreaterThan(0);
    });
    const { text, ended } = version.call({ path: "/facts" });
    expect(JSON.parse(await text).HOSTNAME).not.toBe(first.HOSTNAME);
    expect((await ended).timing.start).toBe("stem");
  });

  test.each([
    ["/fail", { status: "failed", reason: "function_error" }, 60_000],
    ["/slow", { status: "timed_out", reason: "timed_out" }, 700],
    ["/hoard", { status: "failed", reason: "out_of_memory" }, 60_000],
    ["/signal", { status: "failed", reason: "crashed" }, 60_000],
  ])("%s ends as its facts say", async (path, expected, timeoutMs) => {
    expect(await version.call({ path, timeoutMs }).ended).toMatchObject(expected);
  });

  test("the end of what it wrote to standard error says why it failed", async () => {
    const { error } = await version.call({ path: "/fail" }).ended;
    expect(error?.message).toBe("the program exited with code 7: first\nthe reason");
  });

  test("a cancelled one is stopped", async () => {
    const { ended, stop, link } = version.call({ path: "/slow" });
    await link.until(() => link.text.includes("sleeping"));
    stop.abort("cancelled");
    expect(await ended).toMatchObject({ status: "cancelled" });
  });

  test("a program that does not read its input answers all the same", async () => {
    expect(await version.call({ path: "/deaf", body: "x".repeat(2_000_000) }).text).toBe("read nothing\n");
  });

  test("what it writes is answered as it comes", async () => {
    const { link, ended } = version.call({ path: "/drip", body: "x" });
    await link.until(() => link.body.toString().includes("one"));
    expect(await ended).toMatchObject({ status: "succeeded" });
  });

  test("an image without a shell is started when it is called; its type is what its settings say", async () => {
    const bare = await makeImage("pulse-test-exec:bare", [
      "USER root",
      "RUN rm /bin/sh",
      'ENTRYPOINT ["python3"]',
      'CMD ["/fn/code/main.py"]',
    ]);
    const settings = {
      image: bare,
      protocol: "exec" as const,
      egress: "none" as const,
      contentType: "text/plain",
    };
    const quiet = await customVersion(workshop(), folder(), settings, { "main.py": program.split("\n") });
    const { text, link } = quiet.call({ body: "shout" });
    expect(await text).toBe("SHOUT");
    expect(link.head?.headers).toEqual([["content-type", "text/plain"]]);
    expect(JSON.parse(await quiet.call({ path: "/facts" }).text).PULSE_METHOD).toBe("POST");
  });

  test("a program that is not there says so", async () => {
    const nothing = await customVersion(workshop(), folder(), {
      image,
      protocol: "exec",
      egress: "none",
      command: ["nothing-here"],
    });
    const { error } = await nothing.call().ended;
    expect(error?.message).toMatch(/code 127[\s\S]*nothing-here/);
  });
});
