// A call over HTTP as Amazon's gateways hand it to a function: format 2.0 (function URLs, HTTP APIs) and 1.0 (REST APIs).

/** What started work with a payload of its own; all else came as a request. */
const payloadTriggers = ["schedule", "workflow", "event", "invoke"];

/** Whether a call came as an HTTP request. */
export const isRequest = ({ head }) => !payloadTriggers.includes(head.trigger.type);

const textual =
  /^(text\/|application\/(json|javascript|xml|x-www-form-urlencoded|graphql)\b|[^;]*\+(json|xml)\b)/i;

/** The bytes of a body as text where they are some, else in base64. */
export function bodyOf(bytes, headers) {
  const told = (name) => headers.find(([one]) => one === name)?.[1];
  const type = told("content-type") ?? "text/plain";
  if (textual.test(type) && [undefined, "identity"].includes(told("content-encoding"))) {
    try {
      const body = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      return { body, isBase64Encoded: false };
    } catch {
      // Declared as text, and it is none.
    }
  }
  return { body: Buffer.from(bytes).toString("base64"), isBase64Encoded: true };
}

function grouped(pairs) {
  const all = new Map();
  for (const [name, value] of pairs) all.set(name, [...(all.get(name) ?? []), value]);
  return [...all];
}

const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
function clfTime(ms) {
  const [, year, month, day, time] = /^(\d+)-(\d+)-(\d+)T([\d:]+)/.exec(new Date(ms).toISOString());
  return `${day}/${months[month - 1]}/${year}:${time} +0000`;
}

/** What both formats tell of a request. */
function factsOf({ head }) {
  const [path, query = ""] = head.path.split(/\?(.*)/s);
  const told = (name) => head.headers.find(([one]) => one === name)?.[1];
  const now = Date.now();
  return {
    ...{ path, query, now, time: clfTime(now), userAgent: told("user-agent") ?? null },
    ...{ host: new URL(head.url).host, fields: grouped(new URLSearchParams(query)) },
    // Whom the header names may be anybody: a check of addresses must fail, not pass.
    sourceIp: "",
  };
}

/** Payload format 2.0. */
export function eventV2(call, bytes, name) {
  const { head } = call;
  const { path, query, now, time, userAgent, host, fields, sourceIp } = factsOf(call);
  const cookies = head.headers.filter(([one]) => one === "cookie").flatMap(([, all]) => all.split(/;\s*/));
  const headers = grouped(head.headers.filter(([one]) => one !== "cookie"));
  return {
    ...{ version: "2.0", routeKey: "$default", rawPath: path, rawQueryString: query },
    ...(cookies.length > 0 && { cookies }),
    headers: Object.fromEntries(headers.map(([one, all]) => [one, all.join(",")])),
    ...(fields.length > 0 && {
      queryStringParameters: Object.fromEntries(fields.map(([one, all]) => [one, all.join(",")])),
    }),
    requestContext: {
      ...{ accountId: "anonymous", apiId: name, domainName: host, domainPrefix: host.split(".")[0] },
      http: { method: head.method, path, protocol: "HTTP/1.1", sourceIp, userAgent: userAgent ?? "" },
      ...{ requestId: head.executionId, routeKey: "$default", stage: "$default", time, timeEpoch: now },
    },
    ...(bytes.length > 0 ? bodyOf(bytes, head.headers) : { isBase64Encoded: false }),
  };
}

const titled = (name) => name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
const last = (pairs) => Object.fromEntries(pairs.map(([one, all]) => [one, all.at(-1)]));

/** Payload format 1.0. Names of headers are written Like-This. */
export function eventV1(call, bytes, name) {
  const { head } = call;
  const { path, now, time, userAgent, host, fields, sourceIp } = factsOf(call);
  const headers = grouped(head.headers.map(([one, value]) => [titled(one), value]));
  return {
    ...{ version: "1.0", resource: "/{proxy+}", path, httpMethod: head.method },
    ...{ headers: last(headers), multiValueHeaders: Object.fromEntries(headers) },
    queryStringParameters: fields.length > 0 ? last(fields) : null,
    multiValueQueryStringParameters: fields.length > 0 ? Object.fromEntries(fields) : null,
    pathParameters: path === "/" ? null : { proxy: path.slice(1) },
    stageVariables: null,
    requestContext: {
      ...{ accountId: "anonymous", apiId: name, authorizer: null, domainName: host },
      ...{ domainPrefix: host.split(".")[0], extendedRequestId: head.executionId, httpMethod: head.method },
      ...{ identity: { sourceIp, userAgent }, path, protocol: "HTTP/1.1", requestId: head.executionId },
      ...{
        requestTime: time,
        requestTimeEpoch: now,
        resourceId: "",
        resourcePath: "/{proxy+}",
        stage: "$default",
      },
    },
    ...(bytes.length > 0 ? bodyOf(bytes, head.headers) : { body: null, isBase64Encoded: false }),
  };
}
