import { existsSync } from "node:fs";
import { request } from "node:http";

/** Whether a Docker engine answers where DOCKER_HOST points, or at the usual socket. */
export async function dockerAnswers(): Promise<boolean> {
  const host = process.env.DOCKER_HOST ?? "unix:///var/run/docker.sock";
  if (!host.startsWith("unix://"))
    return (await fetch(`${host.replace(/^tcp/, "http")}/_ping`).catch(() => null))?.ok ?? false;
  const socketPath = host.slice("unix://".length);
  if (!existsSync(socketPath)) return false;
  return new Promise((resolve) => {
    const ping = request({ socketPath, path: "/_ping", timeout: 2000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    ping.on("error", () => resolve(false));
    ping.on("timeout", () => ping.destroy());
    ping.end();
  });
}

/**
 * The sandboxes that suites run in here: `process` always, `docker` where an engine answers. Where `PULSE_E2E_DOCKER=required`,
 * a missing engine is an error; elsewhere the skip is printed and counted by the test report.
 */
export async function sandboxesHere(): Promise<{ name: "process" | "docker"; available: boolean }[]> {
  const docker = await dockerAnswers();
  if (!docker && process.env.PULSE_E2E_DOCKER === "required") {
    throw new Error("PULSE_E2E_DOCKER=required, but no Docker engine answers");
  }
  if (!docker) process.stderr.write("no Docker engine answers: the docker suites are skipped\n");
  return [
    { name: "process", available: true },
    { name: "docker", available: docker },
  ];
}
