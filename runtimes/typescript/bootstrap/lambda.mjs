// Functions as they were written for AWS Lambda (PROTOCOL.md, Handlers of other platforms).
import { once } from "node:events";
import { PassThrough, Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { refuse } from "./errors.mjs";
import { eventV1, eventV2, isRequest } from "./http-event.mjs";
import { bytesOf, eventFrom } from "./request.mjs";

const streaming = Symbol("streams its response");

/** Sets the variables that Lambda sets; the user's own win. */
export function setVariables({ lambda, function: { name, version }, memoryMb, root }) {
  const given = {
    ...{ AWS_LAMBDA_FUNCTION_NAME: name, AWS_LAMBDA_FUNCTION_VERSION: String(version) },
    ...{ AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb), AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand" },
    ...{ AWS_LAMBDA_LOG_GROUP_NAME: `/pulse/${name}`, AWS_LAMBDA_LOG_STREAM_NAME: `${name}/${version}` },
    ...{ AWS_EXECUTION_ENV: `Pulse_nodejs${process.versions.node.split(".")[0]}.x`, TZ: ":UTC" },
    ...{ _HANDLER: lambda.handler ?? "index.handler", LAMBDA_TASK_ROOT: root },
  };
  for (const [key, value] of Object.entries(given)) process.env[key] ??= value;
  globalThis.awslambda ??= {
    streamifyResponse: (run) => Object.assign(run, { [streaming]: true }),
    HttpResponseStream: { from: (stream, head) => Object.assign(stream, { head }) },
  };
}

/** The function that a dotted name stands for, below the exports or a CommonJS module's. */
export function find(exported, dotted) {
  const walk = (from) => dotted.split(".").reduce((at, name) => at?.[name], from);
  const found = [walk(exported), walk(exported.default)].find((one) => typeof one === "function");
  if (found) return found;
  const names = [...Object.keys(exported), ...Object.keys(Object(exported.default))];
  throw new TypeError(`there is no function ${dotted}. Exported: ${names.join(", ") || "nothing"}`);
}

/** The handler that the settings name, as what serves calls. */
export function targetsOf(exported, init) {
  const { handler: named = "index.handler", event: shape = "payload" } = init.lambda;
  const run = find(exported, named.slice(named.lastIndexOf("/") + 1).replace(/^[^.]*\./, ""));
  const serve = async (call, ctx) => {
    const isHttp = shape !== "payload" && isRequest(call);
    const event = isHttp
      ? (shape === "1.0" ? eventV1 : eventV2)(call, await bytesOf(call, call.body()), init.function.name)
      : await payloadOf(call);
    const context = contextOf(call, ctx, init);
    if (run[streaming]) return streamed(run, event, context);
    const value = await settled(run, event, context, call);
    return isHttp ? responseOf(value, shape) : value;
  };
  return [{ handler: serve }, undefined];
}

/** A schedule without an input is the event that EventBridge sends. */
async function payloadOf(call) {
  const { trigger, executionId } = call.head;
  const bytes = await bytesOf(call, call.body());
  if (trigger.type !== "schedule" || "input" in trigger) return eventFrom(call.head, bytes);
  const time = new Date(trigger.scheduledTime ?? Date.now()).toISOString().replace(/\.\d+Z/, "Z");
  const about = { version: "0", id: executionId, "detail-type": "Scheduled Event", source: "aws.events" };
  return { ...about, account: "", time, region: "", resources: [], detail: {} };
}

/** Lambda's context; what only Pulse has is there too, but is not listed. */
function contextOf({ head }, ctx, { function: { name, version }, memoryMb }) {
  const place = `arn:pulse:lambda:local:000000000000:function:${name}`;
  return Object.assign(Object.create(ctx), {
    ...{ callbackWaitsForEmptyEventLoop: true, functionName: name, functionVersion: String(version) },
    ...{
      invokedFunctionArn: head.alias ? `${place}:${head.alias}` : place,
      memoryLimitInMB: String(memoryMb),
    },
    ...{
      awsRequestId: head.executionId,
      logGroupName: `/pulse/${name}`,
      logStreamName: `${name}/${version}`,
    },
    getRemainingTimeInMillis: () => ctx.remainingMs(),
  });
}

/** What a handler answers, in any of Lambda's three ways: a promise, the callback, or `context.succeed`, `fail` and `done`. */
function settled(run, event, context, call) {
  const before = process.getActiveResourcesInfo().length;
  const isIdle = () => process.getActiveResourcesInfo().length <= before && call.asked.size === 0;
  const idle = async () => {
    do await pause(5, undefined, { ref: false });
    while (!isIdle() && !call.isDone);
  };
  return new Promise((resolve, reject) => {
    const callback = (error, value) => {
      if (error !== undefined && error !== null) return reject(error);
      if (context.callbackWaitsForEmptyEventLoop) context.waitUntil(idle());
      resolve(value);
    };
    const old = {
      done: callback,
      succeed: (value) => callback(null, value),
      fail: (error) => callback(error ?? "fail"),
    };
    for (const [name, value] of Object.entries(old)) Object.defineProperty(context, name, { value });
    const value = run(event, context, callback);
    if (typeof value?.then === "function") value.then(resolve, reject);
    else if (value !== undefined && run.length < 3) resolve(value);
    // Nobody called back and nothing goes on any more: Lambda's answer is null.
    else void idle().then(() => resolve(null));
  });
}

/** A result as the response that Amazon's gateways make of it. */
function responseOf(value, shape) {
  if (value instanceof Response) return value;
  const json = { "content-type": "application/json" };
  const { statusCode, headers, multiValueHeaders, cookies, body, isBase64Encoded } = Object(value);
  if (statusCode === undefined) {
    if (shape === "1.0") refuse("bad_response", 'with event "1.0" the answer needs a statusCode');
    return {
      statusCode: 200,
      headers: json,
      body: typeof value === "string" ? value : JSON.stringify(value ?? null),
    };
  }
  const given = Object.entries({ ...headers, ...multiValueHeaders });
  const isTyped = given.some(([name]) => name.toLowerCase() === "content-type");
  return {
    statusCode: Number(statusCode),
    headers: {
      ...(!isTyped && body && json),
      ...Object.fromEntries(given.filter(([, one]) => one !== undefined)),
    },
    body: body ?? "",
    isBase64Encoded: isBase64Encoded === true,
    ...(shape !== "1.0" && cookies && { cookies }),
  };
}

/** `awslambda.streamifyResponse`: what is written is the body; its head is known when the first byte is. */
async function streamed(run, event, context) {
  const out = new PassThrough();
  let type = "application/octet-stream";
  out.setContentType = (given) => {
    type = given;
  };
  const ended = Promise.resolve(run(event, out, context));
  ended.then(
    () => out.end(),
    (error) => out.destroy(error),
  );
  await Promise.race([once(out, "readable"), ended]);
  const { statusCode = 200, headers, cookies = [] } = out.head ?? {};
  const list = new Headers(headers);
  if (!list.has("content-type")) list.set("content-type", type);
  for (const cookie of cookies) list.append("set-cookie", cookie);
  return new Response(Readable.toWeb(out), { status: statusCode, headers: list });
}
