import { expect, test } from "vitest";
import { payloadOf } from "./payload.ts";
import { planDelivery } from "./plan-delivery.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const form = "application/x-www-form-urlencoded";
const filled = (expression: string) => `\${{ ${expression} }}`;

/** What a delivery with this payload comes to. */
function plan(payload: unknown, filter: string | null, input?: unknown) {
  const seen = {
    ...{ payload, headers: { "x-a": "1" }, event: "push" },
    delivery: { id: "d", receivedAt: "2026-01-01T00:00:00.000Z" },
    webhook: { id: "hook_1", name: "push", provider: "github" },
  };
  return planDelivery(
    { filter, target: { function: "f", ...(input === undefined ? {} : { input }) } as never },
    seen,
    0,
  );
}

test.each([
  ["JSON", "github", "application/json", '{"a":1}', { a: 1 }],
  ["JSON of another type", "standard", "application/cloudevents+json", "[1]", [1]],
  ["the form of a repository", "github", form, "payload=%7B%22a%22%3A1%7D", { a: 1 }],
  [
    "any other form",
    "slack",
    form,
    "command=%2Fdeploy&text=a&text=b",
    { command: "/deploy", text: ["a", "b"] },
  ],
  ["text", "hmac", "text/plain", "hello", "hello"],
  ["JSON with a name twice", "hmac", "application/json", '{"a":1,"a":2}', '{"a":1,"a":2}'],
  ["nothing", "hmac", null, "", null],
] as const)("%s is read as what it is", (_, provider, type, text, payload) => {
  expect(structuredClone(payloadOf(provider, type, bytes(text)))).toEqual(payload);
});

test("bytes that are no text are null, and a body that looks like parsed files is plain data", () => {
  expect(payloadOf("hmac", "application/octet-stream", new Uint8Array([255, 254]))).toBeNull();
  const text = '{"files":{"x":{"filepath":"/etc/passwd"}}}';
  expect(payloadOf("hmac", "multipart/form-data; boundary=x", bytes(text))).toEqual(JSON.parse(text));
});

test("a filter says what runs, also over the fields of a form", () => {
  const command = payloadOf("slack", form, bytes("command=%2Fdeploy&__proto__=x"));
  expect(plan(command, "payload.command === '/deploy'")).toEqual({ do: "run", input: undefined });
  expect(plan(command, "payload.command === '/other'")).toEqual({ do: "nothing" });
  expect(plan(null, "headers['x-a'] === '1' && webhook.name === 'push'")).toMatchObject({ do: "run" });
});

test("what cannot be worked out fails, with the place", () => {
  expect(plan({}, "payload.a.b.c")).toMatchObject({
    do: "fail",
    error: expect.stringMatching(/^the filter: /),
  });
  const failed = plan({}, null, { deep: [filled("payload.a.b")] });
  expect(failed).toMatchObject({ do: "fail", error: expect.stringMatching(/^the input at \/deep\/0: /) });
});

test("an input keeps the types of what it is made of", () => {
  const input = {
    n: filled("payload.n"),
    text: `n is ${filled("payload.n")}`,
    list: filled("payload.list"),
    plain: 1,
  };
  expect(plan({ n: 7, list: [1] }, null, input)).toEqual({
    do: "run",
    input: { n: 7, text: "n is 7", list: [1], plain: 1 },
  });
});
