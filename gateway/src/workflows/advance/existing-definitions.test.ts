import { expect, test } from "vitest";
import { fold } from "./advance.ts";
import { type Answers, examplePlan, PlayedWorld } from "./played-world.suite.ts";

function play(name: string, answers: Answers = {}): PlayedWorld {
  const world = new PlayedWorld(examplePlan(name), answers).run();
  expect(fold(world.plan, world.log)).toEqual(world.state);
  return world;
}

const byMessage = (answers: Record<string, string>) => (prompt: { message: string }) =>
  answers[prompt.message] ?? null;

test("a single command runs on all runners and the run succeeds", () => {
  const world = play("check-disk-space");
  expect(world.state.status).toBe("succeeded");
  const [submitted] = world.asked("submitTargets");
  expect(submitted?.targets.map(({ name }) => name)).toEqual(["web-1", "web-2"]);
  expect(submitted?.job).toMatchObject({ kind: "command", command: "df -h", timeoutMs: 300_000 });
});

test("a backup waits 5 s, and old ones are deleted when the answer is Yes", () => {
  const world = play("backup-with-verification", { prompt: () => "Yes" });
  expect(world.state.status).toBe("succeeded");
  expect(Object.values(world.ends())).toEqual(Array(5).fill("succeeded"));
  expect(world.now - world.state.startedAt).toBe(5000);
  const commands = world
    .asked("submitTargets")
    .map(({ job }) => (job.kind === "command" ? job.command : null));
  expect(commands[0]).toBe("tar -czf /tmp/backup-$(date +%Y%m%d).tar.gz /opt/pulse-worker");
  expect(commands).toHaveLength(3);
});

test("old backups are kept when the answer is No", () => {
  const world = play("backup-with-verification", { prompt: () => "No" });
  expect(world.state.status).toBe("succeeded");
  expect(world.ends().cleanup_old_backups).toBe("skipped");
});

test("a backup that fails on one runner ends the run as failed, and nothing after it starts", () => {
  const job = (_: unknown, target: string) =>
    target === "web-2"
      ? { status: "failed" as const, exitCode: 2 }
      : { status: "succeeded" as const, exitCode: 0 };
  const world = play("backup-with-verification", { job });
  expect(world.state.status).toBe("failed");
  expect(Object.values(world.ends())).toEqual(["failed", "blocked", "blocked", "blocked", "blocked"]);
  expect(world.state.failure).toMatchObject({ step: "Create backup", message: "exit code 2 on web-2" });
});

test("when the upgrade is refused it is skipped, and the reboot is still asked about", () => {
  const prompt = byMessage({
    "Packages updated. Proceed with upgrade?": "No",
    "Upgrade complete. Reboot servers?": "Yes",
  });
  const world = play("interactive-system-update", { prompt });
  expect(world.state.status).toBe("succeeded");
  expect(world.ends()).toEqual({
    update_package_list: "succeeded",
    user_approval: "succeeded",
    upgrade_packages: "skipped",
    reboot_confirmation: "succeeded",
    reboot_servers: "succeeded",
  });
});

test("the most recent answer counts: Yes to the upgrade does not reboot after No", () => {
  const prompt = byMessage({
    "Packages updated. Proceed with upgrade?": "Yes",
    "Upgrade complete. Reboot servers?": "No",
  });
  const world = play("interactive-system-update", { prompt });
  expect(world.ends().upgrade_packages).toBe("succeeded");
  expect(world.ends().reboot_servers).toBe("skipped");
});

test("a run in which only a prompt is open is waiting, with nothing timed", () => {
  const world = play("interactive-system-update");
  expect(world.state.status).toBe("waiting");
  expect(world.state.timers.size).toBe(0);
  expect([...world.state.asked.values()].map(({ command }) => command.type)).toEqual(["openPrompt"]);
});
