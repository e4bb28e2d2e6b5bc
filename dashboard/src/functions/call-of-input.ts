import type { InputView } from "@pulse/schema/wire/executions";
import { readHeaders, type TestCall, testMethods } from "./test-call.ts";

/** Headers that belong to the way the call came, or to who made it. */
const ofTheWay =
  /^(host|connection|content-length|transfer-encoding|accept-encoding|user-agent|authorization|cookie|origin|referer|traceparent|tracestate|te|upgrade|via|forwarded|x-forwarded-.*|x-real-ip|x-request-id|cf-.*|sec-.*|pulse-.*|idempotency-key|prefer)$/i;

/** What an execution was called with as a call of the test panel; null: its body is not text, or is not kept. */
export function callOfInput(input: InputView): TestCall | null {
  const method = testMethods.find((one) => one === input.method);
  const isEmpty = input.body === null && input.bytes === 0;
  if (method === undefined || !(isEmpty || (input.body !== null && "text" in input.body))) return null;
  const lines = input.headers
    .filter(([name]) => !ofTheWay.test(name))
    .map(([name, value]) => `${name}: ${value}`)
    .filter((line) => !("badLine" in readHeaders(line)));
  const body = input.body !== null && "text" in input.body ? input.body.text : "";
  return { method, path: input.path, headers: lines.join("\n"), body };
}
