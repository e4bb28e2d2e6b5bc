import { ProblemError } from "@pulse/schema/problem";
import { expect, test } from "vitest";
import { answerMost, resultOf } from "./tool-result.ts";

const textOf = (body: string) => new Response(body, { headers: { "content-type": "text/plain" } });

test("a log that is too long is cut, and says so", async () => {
  const { structuredContent, isError } = await resultOf(textOf("x".repeat(answerMost + 1)));
  expect([structuredContent, isError]).toEqual([
    {
      status: 200,
      contentType: "text/plain",
      bytes: answerMost,
      truncated: true,
      text: "x".repeat(answerMost),
    },
    false,
  ]);
  const { structuredContent: whole } = await resultOf(textOf("x".repeat(answerMost)));
  expect(whole).toMatchObject({ bytes: answerMost, truncated: false });
});

test("of a log without an end no more is read than is shown", async () => {
  let pulled = 0;
  let left = false;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled += 1;
      controller.enqueue(new Uint8Array(2 ** 16));
    },
    cancel() {
      left = true;
    },
  });
  const response = new Response(endless, { headers: { "content-type": "text/plain" } });
  expect((await resultOf(response)).structuredContent).toMatchObject({ truncated: true });
  expect([pulled < 10, left]).toEqual([true, true]);
});

test("JSON that is too long is refused with what to do", async () => {
  const body = JSON.stringify({ items: ["x".repeat(answerMost)] });
  const response = new Response(body, { headers: { "content-type": "application/json" } });
  const refused = await resultOf(response).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(ProblemError);
  expect(refused).toMatchObject({
    code: "payload_too_large",
    extras: { hint: expect.stringContaining("limit") },
  });
});

test("a list or a bare value is wrapped, for clients that know objects only", async () => {
  const response = new Response("[1,2]", { headers: { "content-type": "application/json" } });
  expect((await resultOf(response)).structuredContent).toEqual({ value: [1, 2] });
});

test("nothing but a status is told as that", async () => {
  expect(await resultOf(new Response(null, { status: 204 }))).toMatchObject({
    structuredContent: { status: 204 },
    isError: false,
  });
});
