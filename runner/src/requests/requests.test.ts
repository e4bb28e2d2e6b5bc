import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import type { RequestWork } from "@pulse/schema/wire/command";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { aCommand } from "../shell/played-command.suite.ts";
import type { CapturedLine, CommandJob } from "../work.ts";
import { Requests } from "./requests.ts";

interface Seen {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingMessage["headers"];
  body: string;
}
type Answer = (seen: Seen, response: ServerResponse) => void;

let servers: Server[];
let origin: string;
let seen: Seen[];
let heard: () => void;
let answer: Answer;
let lines: CapturedLine[];
let secrets: Record<string, string>;
/** Why a host with its port is not called. */
let refusals: Record<string, string>;
beforeEach(async () => {
  [servers, seen, lines, secrets, refusals] = [[], [], [], {}, {}];
  heard = () => undefined;
  answer = (_, response) => response.end("ok");
  origin = await listen();
});
afterEach(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(): Promise<string> {
  const server = createServer(async (incoming, response) => {
    let body = "";
    for await (const chunk of incoming) body += String(chunk);
    const { method, url, headers } = incoming;
    const one = { method, url, headers, body };
    seen.push(one);
    answer(one, response);
    heard();
  }).listen(0, "127.0.0.1");
  servers.push(server);
  await new Promise((resolve) => server.once("listening", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const requests = new Requests({ refusalOfCall: (url) => refusals[url.host] ?? null });

function job(work: Partial<RequestWork>, more: Partial<CommandJob> = {}): CommandJob {
  const asked: RequestWork = {
    ...{ is: "request", method: "GET", url: `${origin}/`, headers: [], body: null },
    ...work,
  };
  return aCommand({ work: asked }, more);
}

/** Makes a request; secrets are shown as `***`. */
function make(asked: CommandJob, signal = new AbortController().signal) {
  const hide = () => {
    const hideIn = (text: string) =>
      Object.values(secrets).reduce((left, one) => left.replaceAll(one, "***"), text);
    return { add: hideIn, end: () => "" };
  };
  const log = (line: CapturedLine) => void lines.push(line);
  return requests.run(asked, { log, hide, secrets: async () => secrets }, signal);
}

test("it sends method, headers and body, and comes back with status, headers and body", async () => {
  answer = (_, response) =>
    response
      .writeHead(201, { "content-type": "application/json", "set-cookie": "s=1", "x-one": "1" })
      .end('{"a":1}');
  const end = await make(
    job({ method: "POST", url: `${origin}/orders?x=1`, headers: [["X-Token", ["t"]]], body: '{"n":1}' }),
  );
  expect(end).toMatchObject({
    ...{ status: "succeeded", error: null },
    command: {
      exitCode: null,
      answer: { status: 201, headers: { "content-type": "application/json", "x-one": "1" }, body: '{"a":1}' },
    },
  });
  expect(end.command?.answer?.headers).not.toHaveProperty("set-cookie");
  expect(seen).toMatchObject([
    {
      ...{ method: "POST", url: "/orders?x=1", body: '{"n":1}' },
      headers: { "x-token": "t", "user-agent": "Pulse", "accept-encoding": "identity" },
    },
  ]);
  expect(lines.map(({ s, d }) => [s, d])).toEqual([
    ["system", `POST ${origin}/orders`],
    ["system", expect.stringMatching(/^answered 201 with 7 bytes after \d+ ms$/)],
  ]);
});

test("an answer of any status is one", async () => {
  answer = (_, response) => response.writeHead(503).end();
  expect(await make(job({}))).toMatchObject({
    status: "succeeded",
    command: { answer: { status: 503, body: "" } },
  });
});

test("secrets stand in headers, and what comes back shows none", async () => {
  secrets = { SECRET_1: "hunter2" };
  answer = ({ headers }, response) =>
    response.writeHead(200, { "x-echo": `${headers.authorization}` }).end("hunter2!");
  const end = await make(job({ headers: [["Authorization", ["Bearer ", { secret: "SECRET_1" }]]] }));
  expect(seen[0]?.headers.authorization).toBe("Bearer hunter2");
  expect(end.command?.answer).toMatchObject({ headers: { "x-echo": "Bearer ***" }, body: "***!" });
});

test("one whose secret did not come is not sent", async () => {
  const end = await make(job({ headers: [["Authorization", [{ secret: "SECRET_1" }]]] }));
  expect(end).toMatchObject({ status: "failed", reason: "bad_request" });
  expect(end.error?.message).toContain("the header Authorization needs a secret that did not come");
  expect(seen).toEqual([]);
});

test("headers that say how a message is sent are refused", async () => {
  const end = await make(job({ headers: [["Host", ["other.example.test"]]] }));
  expect(end).toMatchObject({ status: "failed", error: { code: "invalid_header" } });
  expect(seen).toEqual([]);
});

test("a body that comes packed is unpacked, and counts as what it unpacks to", async () => {
  const pack = (text: string) => (_: Seen, response: ServerResponse) =>
    response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(text));
  answer = pack("hello");
  const end = await make(job({}));
  expect(end.command?.answer).toMatchObject({ body: "hello" });
  expect(end.command?.answer?.headers).not.toHaveProperty("content-encoding");
  answer = pack("x".repeat(50_000_000));
  expect(await make(job({}))).toMatchObject({ status: "failed", error: { code: "answer_too_large" } });
});

test("an answer without a body is one, whatever its headers say", async () => {
  answer = (_, response) =>
    response.writeHead(200, { "content-encoding": "gzip", "content-length": "20" }).end();
  const end = await make(job({ method: "HEAD" }));
  expect(end.command?.answer).toMatchObject({ status: 200, body: "", headers: { "content-length": "20" } });
});

describe("what is no answer", () => {
  test("nobody listens", async () => {
    const gone = await listen();
    servers.at(-1)?.close();
    const end = await make(job({ url: gone }));
    expect(end).toMatchObject({ status: "failed", reason: "function_error", error: { code: "no_answer" } });
    expect(end.error?.message).toBe(`no answer from ${new URL(gone).host} (ECONNREFUSED)`);
  });

  test("it breaks off", async () => {
    answer = (_, response) => {
      response.writeHead(200, { "content-length": "100" }).write("half");
      setImmediate(() => response.destroy());
    };
    const end = await make(job({}));
    expect(end).toMatchObject({ status: "failed", error: { code: "no_answer" } });
    expect(end.error?.message).toContain("broke off");
  });

  test("it has more than is kept, and is read no further", async () => {
    const gone = Promise.withResolvers<void>();
    answer = (_, response) => {
      const more = () => {
        while (!response.destroyed && response.write("x".repeat(65_536)));
      };
      response.on("drain", more).on("close", gone.resolve).writeHead(200);
      more();
    };
    const end = await make(job({}));
    expect(end).toMatchObject({ status: "failed", error: { code: "answer_too_large" } });
    expect(end.error?.message).toBe("the answer has more than 262144 bytes");
    await gone.promise;
  });

  test.each([
    ["no head", (): void => undefined],
    [
      "a body that does not end",
      (_: Seen, response: ServerResponse): void => void response.writeHead(200).write("x"),
    ],
  ])("it takes too long: %s", async (_, slow) => {
    answer = slow;
    const end = await make(job({}, { timeoutMs: 200 }));
    expect(end).toMatchObject({ status: "timed_out", reason: "timed_out", error: { code: "timed_out" } });
    expect(end.error?.message).toBe("no answer within 0.2 s");
  });

  test("it is cancelled: the connection is closed at once", async () => {
    const [asked, gone] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    answer = (_, response) => void response.on("close", gone.resolve);
    heard = asked.resolve;
    const stop = new AbortController();
    const ending = make(job({}), stop.signal);
    await asked.promise;
    stop.abort("cancelled");
    expect(await ending).toMatchObject({ status: "cancelled", reason: "cancelled" });
    await gone.promise;
  });
});

describe("redirects", () => {
  const to =
    (location: string, status = 302): Answer =>
    (one, response) =>
      one.url === "/" ? response.writeHead(status, { location }).end("moved") : response.end(`at ${one.url}`);

  test("three are followed, and no fourth", async () => {
    answer = ({ url = "" }, response) => {
      const n = Number(url.slice(1));
      if (n >= 3) response.end("there");
      else response.writeHead(302, { location: `/${n + 1}` }).end();
    };
    expect((await make(job({ url: `${origin}/0` }))).command?.answer?.body).toBe("there");
    answer = (_, response) => response.writeHead(302, { location: "/" }).end();
    const end = await make(job({}));
    expect(end).toMatchObject({ status: "failed", error: { code: "redirect" } });
    expect(end.error?.message).toBe("it redirects more than 3 times");
  });

  test("to another origin nothing goes along that may be a credential", async () => {
    const other = await listen();
    answer = to(`${other}/next`);
    const headers: RequestWork["headers"] = [
      ["Authorization", ["x"]],
      ["Accept", ["*/*"]],
    ];
    expect((await make(job({ headers }))).command?.answer?.body).toBe("at /next");
    expect(seen[1]?.headers).toMatchObject({ accept: "*/*", host: new URL(other).host });
    expect(seen[1]?.headers).not.toHaveProperty("authorization");
  });

  test("to where the machine's owner lets nothing go, none is followed", async () => {
    const other = await listen();
    refusals = { [new URL(other).host]: "no requests to there" };
    answer = to(`${other}/next`);
    const end = await make(job({}));
    expect(end).toMatchObject({ status: "failed", error: { code: "redirect" } });
    expect(end.error?.message).toContain("policy refuses this: no requests to there");
    expect(seen).toHaveLength(1);
  });

  test.each(["file:///etc/passwd", `http://user:word${"@"}192.0.2.1/`, "gopher://192.0.2.1/"])(
    "to %s none is followed",
    async (location) => {
      answer = to(location);
      expect(await make(job({}))).toMatchObject({ status: "failed", error: { code: "redirect" } });
    },
  );

  test("a body goes on to the same origin only, and a POST that is sent elsewhere becomes a GET", async () => {
    const other = await listen();
    const post = { method: "POST", body: "x" } as const;
    answer = to(`${other}/next`, 307);
    expect((await make(job(post))).error?.message).toBe("it redirects with its body to another origin");
    answer = to("/next", 307);
    await make(job(post));
    expect(seen.at(-1)).toMatchObject({ method: "POST", url: "/next", body: "x" });
    answer = to("/next", 303);
    await make(job(post));
    expect(seen.at(-1)).toMatchObject({ method: "GET", url: "/next", body: "" });
  });
});
