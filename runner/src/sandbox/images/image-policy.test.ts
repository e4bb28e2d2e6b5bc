import { expect, test } from "vitest";
import { readImagePolicy } from "./image-policy.ts";

test.each([
  ["", "registry.example.test/app:1", true],
  ["none", "registry.example.test/app:1", false],
  ["registry.example.test/team/*", "registry.example.test/team/app:1", true],
  ["registry.example.test/team/*", "registry.example.test/team/deep/app", true],
  ["registry.example.test/team/*", "registry.example.test/other/app:1", false],
  ["registry.example.test/team/*", "registry.example.test.evil.test/team/app", false],
  ["registry.example.test/team/*", "registryxexample.test/team/app", false],
  ["registry.example.test/app", "registry.example.test/app:7", true],
  ["registry.example.test/app:1", "registry.example.test/app:2", false],
  ["registry.example.test/app:1.*", "registry.example.test/app:1.9", true],
  ["alpine", "alpine:3", true],
  ["alpine", "registry.example.test/alpine", false],
  ["team/*", "docker.io/team/app", true],
  ["registry.example.test:5000/*, alpine", "registry.example.test:5000/x", true],
  ["*", "registry.example.test/app", true],
])("PULSE_IMAGES=%s of %s: %s", (policy, image, isAllowed) => {
  expect(readImagePolicy(policy)(image)).toBe(isAllowed);
});
