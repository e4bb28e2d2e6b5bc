import { expect, test } from "vitest";
import { placeOf, readImageName, wholeName } from "./image-name.ts";

const digest = `sha256:${"a".repeat(64)}`;

test.each([
  ["alpine", "docker.io/library/alpine:latest"],
  ["alpine:3", "docker.io/library/alpine:3"],
  ["team/app:1", "docker.io/team/app:1"],
  ["index.docker.io/team/app", "docker.io/team/app:latest"],
  ["registry.example.test/app", "registry.example.test/app:latest"],
  ["registry.example.test:5000/team/app:1.2", "registry.example.test:5000/team/app:1.2"],
  ["localhost/app", "localhost/app:latest"],
  ["localhost:5000/app:1", "localhost:5000/app:1"],
  [`registry.example.test/app:1@${digest}`, `registry.example.test/app@${digest}`],
  [`app@${digest}`, `docker.io/library/app@${digest}`],
])("%s is pulled as %s", (written, whole) => {
  expect(wholeName(readImageName(written))).toBe(whole);
});

test("a name without tag and digest is its place", () => {
  expect(placeOf(readImageName("team/app:1"))).toBe("docker.io/team/app");
});
