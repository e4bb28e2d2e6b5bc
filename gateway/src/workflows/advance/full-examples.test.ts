import { expect, test } from "vitest";
import { fold } from "./advance.ts";
import type { OpenPrompt, SubmitTargets } from "./commands.ts";
import type { Outcome } from "./events.ts";
import { type Answers, examplePlan, PlayedWorld } from "./played-world.suite.ts";

function play(name: string, answers: Answers): PlayedWorld {
  const world = new PlayedWorld(examplePlan(name), answers).run();
  expect(fold(world.plan, world.log)).toEqual(world.state);
  return world;
}

const good: Outcome = { status: "succeeded", exitCode: 0, stdout: "3\n" };
const bad: Outcome = { status: "failed", exitCode: 1, stdout: "" };

const fleet = ["web-1", "web-2", "web-3", "web-4", "web-5", "web-6", "web-7", "web-8"];
const patchInputs = { tier: "web", reboot: true };
const form = { ticket: "OPS-7", batch: 2 };

function patchPrompt({ message, about }: OpenPrompt) {
  if (about === "batch") return "Continue";
  return message.startsWith("24 packages") ? { response: "Yes", form } : null;
}

test("a fleet is patched: canary, confirmation, batches of a quarter with pauses, then reboots one by one", () => {
  const world = play("patch-fleet", {
    ...{ runners: fleet, inputs: patchInputs, prompt: patchPrompt },
    job: () => good,
  });
  expect(world.state.status).toBe("succeeded");
  const of = (step: string) => world.asked("submitTargets").filter((one) => one.step === step);
  expect(of("upgrade").map(({ targets }) => targets.length)).toEqual([1, 2, 2, 2, 1]);
  expect(of("upgrade")[0]?.job).toMatchObject({ commandRef: "apt-upgrade", args: { ticket: "OPS-7" } });
  expect(world.facts("prompt.opened").map(({ step }) => step)).toEqual(["gate", "upgrade"]);
  expect(of("reboot_servers")).toHaveLength(8);
  expect(world.now - world.state.startedAt).toBe(4 * 60_000 + 10_000 + 7 * 120_000);
});

test("a batch over the threshold stops the patch, and the touched runners are rolled back", () => {
  const job = ({ step }: SubmitTargets, target: string) =>
    step === "upgrade" && ["web-2", "web-3"].includes(target) ? bad : good;
  const world = play("patch-fleet", { runners: fleet, inputs: patchInputs, prompt: patchPrompt, job });
  expect(world.state.status).toBe("failed");
  expect(world.state.rollback).toBe("done");
  const restored = world.asked("submitTargets").find(({ step }) => step === "restore_snapshot");
  expect(restored?.targets.map(({ name }) => name)).toEqual(["web-1", "web-2", "web-3"]);
  expect(world.ends()).toMatchObject({
    upgrade: "failed",
    wait_for_services: "blocked",
    tell_people: "succeeded",
  });
  const told = world.asked("notify").find(({ step }) => step === "tell_people");
  expect(told?.message).toBe("patch-fleet failed at Upgrade packages: exit code 1 on web-2, web-3");
});

test("No to the patch cancels the run", () => {
  const prompt = () => ({ response: "No", form });
  const world = play("patch-fleet", { runners: fleet, inputs: patchInputs, prompt, job: () => good });
  expect(world.state.status).toBe("cancelled");
  expect(world.ends()).toMatchObject({
    gate: "cancelled",
    upgrade: "cancelled",
    reboot_servers: "cancelled",
  });
});

const files = (count: number) => Array.from({ length: count }, (_, i) => ({ key: `in/${i}` }));

function importJob(count: number, broken: number) {
  return ({ job }: SubmitTargets): Outcome => {
    if (job.kind !== "function") return good;
    if (job.function === "s3-list") return { status: "succeeded", output: { files: files(count) } };
    const { key = "" } = job.input as { key?: string };
    const number = Number(key.slice("in/".length));
    if (job.function === "parse-file") {
      if (number < broken) return { status: "failed", error: { code: "BAD_FORMAT", message: "no header" } };
      const kind = ["invoice", "order", "letter"][number % 3];
      return { status: "succeeded", output: { kind, key } };
    }
    return { status: "succeeded", output: null };
  };
}

test("files are imported by their kind, 8 at a time, and what failed is counted", () => {
  const world = play("nightly-import", { job: importJob(30, 4) });
  expect(world.state.status).toBe("succeeded");
  expect(world.state.outputs).toEqual({ imported: 26 });
  expect(world.asked("startChild")).toHaveLength(8);
  const names = world.asked("submitTargets").map(({ job }) => (job.kind === "function" ? job.function : ""));
  expect(names.filter((name) => name === "upsert-order")).toHaveLength(9);
  expect(names.filter((name) => name === "quarantine")).toHaveLength(9);
  expect(names.filter((name) => name === "parse-file")).toHaveLength(30);
  expect(world.asked("callHttp")[0]?.request.headers).toEqual({
    authorization: { $parts: ["Bearer ", { $secret: "bi-token" }] },
    "idempotency-key": "exe_1",
  });
  expect(world.state.steps.size).toBeLessThan(12);
});

test("with nothing to import the run stops early and well", () => {
  const world = play("nightly-import", { job: importJob(0, 0) });
  expect(world.state.status).toBe("succeeded");
  expect(world.ends()).toMatchObject({
    nothing_to_do: "succeeded",
    done_early: "succeeded",
    each: "skipped",
  });
});

test("with too many broken files somebody is asked, and nobody answering means Abort", () => {
  const world = play("nightly-import", { job: importJob(30, 11) });
  expect(world.state.status).toBe("failed");
  expect(world.ends()).toMatchObject({ too_many_errors: "failed", publish: "blocked" });
  expect(world.now - world.state.startedAt).toBe(4 * 3_600_000);
});

const release = { ref: "v2", env: "production" };
const both = { response: "Yes", by: ["anna", "ben"] };

function releaseJob(failing: string) {
  return ({ step, job }: SubmitTargets): Outcome => {
    if (step === failing) return bad;
    return job.kind === "function" ? { status: "succeeded", output: { image: "app:v2" } } : good;
  };
}

test("a release runs its checks together, waits for two approvals and for the metrics, and reports", () => {
  const world = new PlayedWorld(examplePlan("release"), {
    inputs: release,
    prompt: () => both,
    job: releaseJob(""),
  });
  world.start();
  expect(world.state.status).toBe("waiting");
  const ok = { env: "production", ref: "v2" };
  world.receive("slo.ok", { ...ok, ref: "v1" });
  expect(world.state.status).toBe("waiting");
  world.receive("slo.ok", ok);
  expect(world.state.status).toBe("succeeded");
  const roll = world.asked("submitTargets").find(({ step }) => step === "roll_app");
  expect(roll?.job).toMatchObject({
    env: { IMAGE: "app:v2" },
    shell: "bash -euo pipefail",
    timeoutMs: 900_000,
  });
  expect(world.asked("acquire").map(({ concurrency }) => concurrency.key)).toEqual(["db-migrate-production"]);
  expect(world.asked("release")).toHaveLength(1);
  expect(world.asked("callHttp")[0]?.request.body).toEqual({ ref: "v2", status: "succeeded" });
});

test("one approval of two is not enough, and after a day it is a No", () => {
  const world = play("release", { inputs: release, prompt: () => "Yes", job: releaseJob("") });
  expect(world.state.status).toBe("cancelled");
  expect(world.ends()).toMatchObject({ go: "cancelled", report: "succeeded" });
});

test("a failing migration cancels the other branch, asks, and rolls back in reverse order", () => {
  const prompt = ({ about }: OpenPrompt) => (about === "rollback" ? "Roll back" : both);
  const world = play("release", { inputs: release, prompt, job: releaseJob("migrate_db") });
  expect(world.state.status).toBe("failed");
  expect(world.state.rollback).toBe("done");
  const undone = world.asked("submitTargets").map(({ step }) => step);
  expect(undone.slice(-2)).toEqual(["migrate_down", "previous_image"]);
  expect(world.ends()).toMatchObject({ deploy: "failed", wait_for_metrics: "blocked", report: "succeeded" });
  expect(world.asked("callHttp")[0]?.request.body).toEqual({ ref: "v2", status: "failed" });
});

test("a failing roll-out collects logs where it failed before the step fails", () => {
  const prompt = ({ about }: OpenPrompt) => (about === "rollback" ? "Keep" : both);
  const world = play("release", { inputs: release, prompt, job: releaseJob("roll_app") });
  expect(world.state.status).toBe("failed");
  expect(world.state.rollback).toBe("none");
  const logs = world.asked("submitTargets").find(({ step }) => step === "collect_logs");
  expect(logs?.targets.map(({ name }) => name)).toEqual(["web-1", "web-2"]);
});

test("on staging nobody is asked", () => {
  const world = new PlayedWorld(examplePlan("release"), {
    inputs: { ...release, env: "staging" },
    job: releaseJob(""),
  });
  world.start();
  expect(world.ends().go).toBe("skipped");
  world.receive("slo.ok", { env: "staging", ref: "v2" });
  expect(world.state.status).toBe("succeeded");
});
