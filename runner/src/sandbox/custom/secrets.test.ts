import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dockerClient, engineAnswers } from "../docker.ts";
import { customVersion, makeImage, server, sharedWorkshop } from "./custom.suite.ts";

const docker = dockerClient();
const runs = await engineAnswers(docker);
if (!runs)
  process.stderr.write("no Docker engine answers: the tests of custom images' secrets are skipped\n");

const canary = 'canary-it\'s $(id) "quoted" \\ `x`';
const secrets = { TOKEN: canary, LINES: "first\nsecond\n\n  third\n" };

describe.skipIf(!runs)(
  "SC-07: a program of a custom image finds its secrets in its environment, and they stand nowhere else",
  () => {
    const { folder, workshop, runner } = sharedWorkshop();
    const everInspected: string[] = [];
    let events: NodeJS.ReadableStream & { destroy?: () => void };
    beforeAll(async () => {
      // What is inspected when it starts cannot be missed, however short it lives.
      events = await docker.getEvents({ filters: { type: ["container"], event: ["start"] } });
      events.on("data", (chunk: Buffer) => {
        for (const line of chunk.toString().trim().split("\n")) {
          const { id } = JSON.parse(line) as { id: string };
          void docker
            .getContainer(id)
            .inspect()
            .then(
              (found) => everInspected.push(JSON.stringify(found)),
              () => undefined,
            );
        }
      });
    });
    afterAll(() => events.destroy?.());

    const nowhereInConfigurations = () => {
      expect(everInspected.length).toBeGreaterThan(0);
      for (const one of everInspected.splice(0)) {
        expect(one).not.toContain("canary");
        expect(one).not.toContain("second");
      }
    };

    test("with protocol http", async () => {
      const image = await makeImage(
        "pulse-test-secrets-http:1",
        ["COPY server.py /app/server.py", 'ENTRYPOINT ["python3", "/app/server.py"]'],
        { "server.py": server },
      );
      const settings = { image, protocol: "http" as const, env: { MODE: "prod" } };
      const version = await customVersion(workshop(), folder(), settings, {}, secrets);
      expect(version.built).toMatchObject({ status: "succeeded" });
      const { env } = JSON.parse(await version.call().text);
      expect(env).toMatchObject({ ...secrets, MODE: "prod", PORT: "8080" });
      expect(env.pulse_nl ?? env.pulse_call).toBe(undefined);
      const listed = await docker.listContainers({ filters: { label: [`pulse.runner=${runner()}`] } });
      for (const { Id } of listed)
        everInspected.push(JSON.stringify(await docker.getContainer(Id).inspect()));
      nowhereInConfigurations();
    });

    test("with protocol exec", async () => {
      const image = await makeImage("pulse-test-secrets-exec:1", [
        'ENTRYPOINT ["python3"]',
        'CMD ["/fn/code/main.py"]',
      ]);
      const settings = { image, protocol: "exec" as const, egress: "none" as const };
      const lines = [
        "import json, os, sys",
        "print(json.dumps([dict(os.environ), sys.stdin.read(), open('/proc/1/cmdline').read()]))",
      ];
      const version = await customVersion(workshop(), folder(), settings, { "main.py": lines }, secrets);
      expect(version.built).toMatchObject({ status: "succeeded" });
      const [env, body, commandLine] = JSON.parse(await version.call({ body: "the body" }).text);
      expect(env).toMatchObject(secrets);
      expect(body).toBe("the body");
      expect(commandLine).not.toContain("canary");
      nowhereInConfigurations();
    });
  },
);
