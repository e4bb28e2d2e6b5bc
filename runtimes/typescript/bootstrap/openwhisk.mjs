// Actions as they were written for Apache OpenWhisk (PROTOCOL.md, Handlers of other platforms).
import { bodyOf, isRequest } from "./http-event.mjs";
import { find } from "./lambda.mjs";
import { bytesOf, eventFrom, eventOf, fieldsOf } from "./request.mjs";

/** Sets the variables that OpenWhisk sets; the user's own win. */
export function setVariables({ function: { name, version } }) {
  const given = {
    __OW_ACTION_NAME: `/_/${name}`,
    __OW_ACTION_VERSION: `0.0.${version}`,
    __OW_NAMESPACE: "_",
  };
  for (const [key, value] of Object.entries(given)) process.env[key] ??= value;
}

/** The action that the settings name, as what serves calls. */
export function targetsOf(exported, init) {
  const { main: named = "main", event: shape = "payload" } = init.openwhisk;
  const run = find(exported, named);
  const serve = async (call, ctx) => {
    const isHttp = shape !== "payload" && isRequest(call);
    const params = isHttp ? await webParams(call, shape === "raw") : await eventOf(call, call.body());
    const { executionId, deadline } = call.head;
    Object.assign(process.env, { __OW_ACTIVATION_ID: executionId, __OW_DEADLINE: String(deadline) });
    const value = await run(params, ctx);
    return isHttp ? responseOf(value) : resultOf(value);
  };
  return [{ main: serve }, undefined];
}

/** The parameters of a web action: query and body merged, the body's first; raw ones get both as they came. */
async function webParams(call, isRaw) {
  const { head } = call;
  const [path, query = ""] = head.path.split(/\?(.*)/s);
  const headers = {};
  for (const [name, value] of head.headers)
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  const about = {
    __ow_method: head.method.toLowerCase(),
    __ow_headers: headers,
    __ow_path: path === "/" ? "" : path,
  };
  const bytes = await bytesOf(call, call.body());
  const isJson = /[/+]json\b/i.test(headers["content-type"] ?? "");
  // OpenWhisk has JSON in base64 too.
  const plain = () => (isJson ? Buffer.from(bytes).toString("base64") : bodyOf(bytes, head.headers).body);
  if (isRaw) return { ...about, __ow_query: query, __ow_body: bytes.length > 0 ? plain() : "" };
  const event = bytes.length > 0 ? eventFrom(head, bytes) : {};
  const isObject =
    typeof event === "object" && event !== null && !Array.isArray(event) && !(event instanceof Uint8Array);
  const params = { ...fieldsOf(query), ...(isObject ? event : {}) };
  return { ...params, ...about, ...(!isObject && { __ow_body: plain() }) };
}

const binary =
  /^(image\/(?!svg)|audio\/|video\/|font\/|application\/(octet-stream|pdf|zip|gzip|x-tar|wasm))/i;

/** The result of a web action as a response. */
function responseOf(value) {
  if (value instanceof Response) return value;
  const failed = value?.error ?? undefined;
  const told =
    failed === undefined ? value : typeof failed === "object" ? failed : { body: { error: failed } };
  const isResponse = ["statusCode", "headers", "body"].some((key) => key in Object(told));
  if (!isResponse)
    return failed === undefined ? (value ?? { statusCode: 204 }) : { statusCode: 400, body: told };
  const { statusCode, body } = told;
  const headers = told.headers ?? {};
  const type = Object.entries(headers).find(([name]) => name.toLowerCase() === "content-type")?.[1];
  const own = typeof body === "string" ? "text/html; charset=utf-8" : "application/json";
  const isEmpty = body === undefined || body === null || body === "";
  return {
    statusCode: Number(statusCode ?? (failed !== undefined ? 400 : isEmpty ? 204 : 200)),
    headers: { ...(type === undefined && !isEmpty && { "content-type": own }), ...headers },
    body: isEmpty ? "" : body,
    isBase64Encoded: typeof body === "string" && binary.test(String(type ?? "")),
  };
}

/** The result of an action that was not called over HTTP: one with `error` has failed. */
function resultOf(value) {
  if (value?.error === undefined || value.error === null) return value ?? {};
  const text = typeof value.error === "string" ? value.error : JSON.stringify(value.error);
  throw Object.assign(new Error(text), { name: "ActionError" });
}
