import { expect, test } from "vitest";
import { installLine } from "./install-line.ts";

test("the line names the gateway, the token and the runner, and nothing in it means more to a shell", () => {
  const given = { gateway: "https://pulse.example.test", token: "pt_abc", name: "web-01", asService: true };
  expect(installLine(given)).toBe(
    "curl -fsSL https://pulse.example.test/install/runner.sh | PULSE_GATEWAY=https://pulse.example.test PULSE_ENROLMENT_TOKEN=pt_abc PULSE_RUNNER_NAME=web-01 sh -s -- --service",
  );
  const odd = installLine({ gateway: "http://localhost:1", token: "it's $HOME", name: "", asService: false });
  expect(odd).toContain(`| PULSE_GATEWAY=http://localhost:1 PULSE_ENROLMENT_TOKEN='it'\\''s $HOME' sh`);
  expect(odd.endsWith(" sh")).toBe(true);
});
