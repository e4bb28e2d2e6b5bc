import { expect, test } from "vitest";
import { needOf } from "./request-needs.ts";

const id = "0123456789ab".repeat(5).padEnd(64, "0");
const filters = (value: unknown) => `filters=${encodeURIComponent(JSON.stringify(value))}`;

test.each([
  ["GET", "/_ping", "nothing"],
  ["HEAD", "/v1.41/_ping", "nothing"],
  ["GET", "/info", "nothing"],
  ["GET", "/images/registry.example.test:5000/team/tool@sha256:ab/json", "nothing"],
  ["GET", `/containers/json?all=true&${filters({ label: ["pulse.runner=rnr_1"] })}`, "nothing"],
  ["POST", "/images/create?fromImage=registry.example.test%2Ftool&tag=1", "nothing"],
  ["GET", "/networks", "nothing"],
  ["POST", "/containers/create?platform=linux", "container"],
  ["POST", "/networks/create", "network"],
  ["GET", `/events?${filters({ container: [id], event: ["oom"] })}`, "own"],
  ["POST", `/containers/${id}/start`, "own"],
  ["POST", `/v1.41/containers/${id}/attach?stream=1`, "own"],
  ["HEAD", `/containers/${id}/archive?path=%2Fbin%2Fsh`, "own"],
  ["DELETE", `/containers/${id}?force=true`, "own"],
  ["DELETE", "/networks/pulse-abc-0123456789ab", "own"],
])("a runner may ask %s %s", (method, url, kind) => {
  expect(needOf(method, url)?.kind).toBe(kind);
});

test.each([
  ["GET", "/containers/json"],
  ["GET", `/containers/json?${filters({ label: ["com.example"] })}`],
  ["GET", "/events"],
  ["GET", `/containers/${id}/archive?path=/`],
  ["PUT", `/containers/${id}/archive?path=/`],
  ["POST", `/containers/${id}/exec`],
  ["POST", `/containers/${id}/update`],
  ["POST", `/containers/${id}/copy`],
  ["GET", `/containers/${id}/export`],
  ["POST", "/containers/of-somebody/start"],
  ["POST", "/build?t=pulse-python:0.1.0"],
  ["POST", "/images/load"],
  ["POST", "/images/tool/tag?repo=pulse-python&tag=0.1.0"],
  ["POST", "/images/create?fromSrc=-&repo=pulse-python&tag=0.1.0"],
  ["POST", "/commit?container=x&repo=pulse-python"],
  ["DELETE", "/images/tool"],
  ["POST", "/networks/bridge/connect"],
  ["POST", "/volumes/create"],
  ["POST", "/swarm/init"],
  ["POST", "/plugins/pull"],
  ["GET", "/images/..%2fcontainers/json"],
  ["GET", `/images/x/../../containers/${id}/json/json`],
  ["POST", "/session"],
  ["POST", "/grpc"],
])("%s %s is refused", (method, url) => {
  expect(needOf(method, url)).toBeNull();
});
