import { beforeAll, describe, expect, test } from "vitest";
import { dockerClient, engineAnswers } from "../docker.ts";
import { startCompanion } from "./companion.ts";
import {
  type CustomVersion,
  customVersion,
  makeImage,
  pythonBase,
  server,
  sharedWorkshop,
} from "./custom.suite.ts";
import { HttpProgram } from "./http-program.ts";

const docker = dockerClient();
const runs = await engineAnswers(docker);
if (!runs && process.env.PULSE_E2E_DOCKER === "required") {
  throw new Error("PULSE_E2E_DOCKER=required, but no Docker engine answers");
}
if (!runs) process.stderr.write("no Docker engine answers: the tests of custom images are skipped\n");

describe.skipIf(!runs)("a custom image that serves HTTP", () => {
  const { folder, workshop, runner } = sharedWorkshop();
  let image: string;
  let version: CustomVersion;
  beforeAll(async () => {
    image = await makeImage(
      "pulse-test-http:1",
      [
        "COPY server.py /app/server.py",
        "USER root",
        "VOLUME /data",
        "HEALTHCHECK CMD true",
        'ENTRYPOINT ["python3", "/app/server.py"]',
      ],
      { "server.py": server },
    );
    version = await customVersion(
      workshop(),
      folder(),
      { image, egress: "none", env: { MODE: "prod" } },
      { "words.txt": "from the bundle" },
    );
  }, 120_000);

  test("is pinned by its build, by its id where no registry knows it", async () => {
    expect(version.built).toMatchObject({ status: "succeeded", built: { kinds: ["http"], deps: null } });
    expect(version.pinned).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(version.buildLog).toContain("was built on this machine");
    expect(version.buildLog).toContain("starting on 8080");
  });

  test("gets the request as it came, with what a runtime would tell as ctx", async () => {
    const { text, ended, link } = version.call({
      method: "PUT",
      path: "/a/b?x=1&x=2",
      headers: [
        ["x-own", "1"],
        ["x-own", "2"],
        ["host", "pulse.test"],
        ["pulse-execution-id", "forged"],
        ["content-length", "4"],
      ],
      body: "data",
    });
    const seen = JSON.parse(await text);
    expect(seen).toMatchObject({ method: "PUT", path: "/a/b?x=1&x=2", body: "data" });
    const values = (name: string) =>
      seen.headers.filter(([one]: string[]) => one === name).map(([, value]: string[]) => value);
    expect(values("x-own")).toEqual(["1", "2"]);
    expect(values("host")).toEqual(["pulse.test"]);
    expect(values("pulse-execution-id")).toEqual([expect.stringMatching(/^exe_/)]);
    expect(Number(values("pulse-deadline")[0])).toBeGreaterThan(Date.now());
    expect(await ended).toMatchObject({ status: "succeeded", timing: { start: "warm" } });
    expect(link.head).toMatchObject({ status: 200 });
    expect(link.text).toContain("called PUT /a/b?x=1&x=2");
  });

  test("has the profile of every container, whatever it says itself", async () => {
    const seen = JSON.parse(await version.call().text);
    expect(seen).toMatchObject({ uid: 65_532, capabilities: "0000000000000000", interfaces: ["lo"] });
    expect(seen).toMatchObject({ "/": "Read-only file system", "/data": "written", "/tmp": "written" });
    expect(seen.env).toMatchObject({ MODE: "prod", PORT: "8080", HOME: "/tmp" });
    const [found] = await docker.listContainers({
      filters: { label: [`pulse.runner=${runner()}`], ancestor: [image] },
    });
    const inspected = await docker.getContainer(found?.Id ?? "").inspect();
    expect(inspected.Mounts.filter(({ Type }) => Type === "volume")).toEqual([]);
    expect(inspected.Config.Healthcheck?.Test).toEqual(["NONE"]);
    expect(inspected.NetworkSettings.Ports).toEqual({});
  });

  test("answers with its own status, headers and body; sees the bundle at /fn/code", async () => {
    const { ended, link } = version.call({ method: "GET", path: "/teapot" });
    expect(await ended).toMatchObject({ status: "succeeded" });
    await link.bodyRead;
    expect(link.head?.status).toBe(418);
    expect(link.head?.headers.filter(([name]) => name === "set-cookie")).toHaveLength(2);
    expect(link.body.toString()).toBe("short and stout");
    expect(await version.call({ method: "GET", path: "/code?words.txt" }).text).toBe("from the bundle");
  });

  test("streams both ways, as much as comes", async () => {
    const body = new Uint8Array(2_000_000);
    const { text } = version.call({ path: "/stream", body });
    const sum = (await text).split("\n").reduce((all, line) => all + Number(line.slice(4)), 0);
    expect(sum).toBe(body.length);
    expect(await version.call({ method: "GET", path: "/large" }).text).toHaveLength(3_000_000);
  });

  test("a HEAD has headers and no body", async () => {
    const { text, link } = version.call({ method: "HEAD", path: "/" });
    expect(await text).toBe("");
    expect(link.head?.status).toBe(200);
  });

  test.each([
    ["/slow", { status: "timed_out", reason: "timed_out" }, 300],
    ["/crash", { status: "failed", reason: "crashed" }, 60_000],
    ["/exit", { status: "failed", reason: "crashed" }, 60_000],
    ["/hoard", { status: "failed", reason: "out_of_memory" }, 60_000],
    ["/half", { status: "failed", reason: "bad_response" }, 60_000],
  ])("%s ends as it would in a runtime of ours", async (path, expected, timeoutMs) => {
    expect(await version.call({ path, timeoutMs }).ended).toMatchObject(expected);
    expect(JSON.parse(await version.call().text).method).toBe("POST");
  });

  test("a cancelled call is told to the program by its connection", async () => {
    const { ended, stop, link } = version.call({ path: "/slow" });
    await link.until(() => link.text.includes("/slow"));
    stop.abort("cancelled");
    expect(await ended).toMatchObject({ status: "cancelled" });
  });

  test("one that stops listening is replaced", async () => {
    let end = await version.call({ path: "/deaf" }).ended;
    // Connections that are open, or that its kernel has taken, go on for a moment.
    while (end.error?.message !== "nothing listens on $PORT any more")
      end = await version.call({ headers: [["connection", "close"]] }).ended;
    expect(JSON.parse(await version.call().text).method).toBe("POST");
  });

  test("calls run side by side in one container as its concurrency says", async () => {
    const side = await customVersion(workshop(), folder(), { image, egress: "none", concurrency: 4 });
    const answers = await Promise.all([1, 2, 3, 4].map(() => side.call().text));
    expect(new Set(answers.map((text) => JSON.parse(text).env.HOSTNAME)).size).toBe(1);
  });

  test("with egress open it has the network of its project, by way of its companion", async () => {
    const open = await customVersion(workshop(), folder(), { image, egress: "open" });
    expect(JSON.parse(await open.call().text).interfaces.sort()).toEqual(["eth0", "lo"]);
  });

  test("one that never listens says so, and one that ends says how", async () => {
    const exits = await customVersion(workshop(), folder(), {
      ...{ image, egress: "none", command: ["/bin/sh", "-c", "echo no config >&2; exit 4"] },
    });
    expect(exits.built).toMatchObject({ status: "failed", reason: "init_error" });
    expect(exits.built.error?.message).toMatch(/exited with code 4[\s\S]*no config/);
    const confinement = { runtime: null, transport: "socket" as const, reachesSockets: true, seccomp: null };
    const spec = {
      runtime: "python" as const,
      memory: 2 ** 28,
      cpus: 1,
      egress: "none" as const,
      project: "prj_test",
    };
    const nothing = () => undefined;
    const companion = await startCompanion(
      spec,
      {
        ...{ ...confinement, docker, image: pythonBase, runner: runner(), network: null, opened: [] },
        ...{ onRefused: nothing, onLeft: nothing },
      },
      new AbortController().signal,
    );
    const ended = new Promise<void>(nothing);
    const silent = new HttpProgram(companion, { ended, readyMs: 300, onBroken: nothing });
    expect(await silent.ready()).toEqual({
      code: "init_error",
      message:
        "nothing listens on $PORT (8080) after 0.3 s; the program must listen there, on 127.0.0.1 or 0.0.0.0",
    });
    await companion.remove();
  });
});
