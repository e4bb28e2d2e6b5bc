import { followEvents } from "@pulse/schema/wire/events";
import { expect, test } from "vitest";
import { streamPath, streamUrl } from "./stream-url.ts";

test("the stream is where the contract says, and its query is one that the contract takes", () => {
  expect(streamPath).toBe(followEvents.path);
  const query = Object.fromEntries(
    new URL(streamUrl(["executions", "runners"], "7"), "http://x").searchParams,
  );
  expect(followEvents.query?.parse(query)).toEqual({ topics: ["executions", "runners"], after: 7 });
});
