import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import * as z from "zod";

const hex = (digits: number) => z.string().regex(new RegExp(`^(?!0+$)[0-9a-f]{${digits}}$`));
/** OTLP/JSON writes 64-bit numbers as texts. */
const nanos = z.string().regex(/^[1-9]\d{17,18}$/);
const anyValue = z.union([
  z.strictObject({ stringValue: z.string() }),
  z.strictObject({ boolValue: z.boolean() }),
  z.strictObject({ intValue: z.string().regex(/^-?\d{1,19}$/) }),
  z.strictObject({ doubleValue: z.number() }),
]);
const attributes = z
  .array(z.strictObject({ key: z.string().min(1), value: anyValue }))
  .refine((all) => new Set(all.map(({ key }) => key)).size === all.length, "a key twice");
const span = z
  .strictObject({
    traceId: hex(32),
    spanId: hex(16),
    parentSpanId: hex(16).optional(),
    traceState: z.string().optional(),
    flags: z.int().min(0).optional(),
    name: z.string().min(1),
    kind: z.int().min(1).max(5),
    startTimeUnixNano: nanos,
    endTimeUnixNano: nanos,
    attributes,
    links: z
      .array(z.strictObject({ traceId: hex(32), spanId: hex(16), attributes: attributes.optional() }))
      .optional(),
    status: z.strictObject({ code: z.int().min(0).max(2).optional(), message: z.string().optional() }),
  })
  .refine((one) => BigInt(one.endTimeUnixNano) >= BigInt(one.startTimeUnixNano), "it ends before it starts");
const request = z.strictObject({
  resourceSpans: z.array(
    z.strictObject({
      resource: z.strictObject({ attributes }),
      scopeSpans: z.array(
        z.strictObject({
          scope: z.strictObject({ name: z.string(), version: z.string() }),
          spans: z.array(span).min(1),
        }),
      ),
    }),
  ),
});

/** A span as a collector takes it, with its attributes by name. */
export type TakenSpan = Omit<z.output<typeof span>, "attributes"> & {
  attributes: Record<string, string | number | boolean>;
};

/** What a collector heard. */
export interface Heard {
  spans: TakenSpan[];
  /** Why requests were no OTLP. */
  faults: string[];
  /** Requests, and the headers of the last one. */
  requests: number;
  headers: Record<string, string>;
}

/** How a collector answers from now on. */
export interface Behaviour {
  status?: number;
  retryAfter?: string;
  body?: string;
  /** It never answers. */
  hangs?: boolean;
  /** For so many requests; then it takes what comes again. */
  times?: number;
}

/** A collector of OTLP over HTTP as a process of its own: it takes what is OTLP to the letter, and says what was not. */
export class Collector {
  readonly url: string;
  readonly #process: ReturnType<typeof spawn>;

  private constructor(process: ReturnType<typeof spawn>, port: string) {
    this.#process = process;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(): Promise<Collector> {
    const started = spawn(process.execPath, [fileURLToPath(import.meta.url)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    for await (const line of createInterface({ input: started.stdout })) return new Collector(started, line);
    throw new Error("the collector did not start");
  }

  async heard(): Promise<Heard> {
    return await (await fetch(`${this.url}/heard`)).json();
  }

  async behave(behaviour: Behaviour): Promise<void> {
    await fetch(`${this.url}/behave`, { method: "POST", body: JSON.stringify(behaviour) });
  }

  /** Asks until it has heard what is wanted, for up to so long. */
  async until(wanted: (heard: Heard) => boolean, mostMs = 20_000): Promise<Heard> {
    const end = Date.now() + mostMs;
    for (;;) {
      const heard = await this.heard();
      if (wanted(heard) || Date.now() > end) return heard;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async stop(): Promise<void> {
    const gone = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await gone;
  }
}

function serve(): void {
  const heard: Heard = { spans: [], faults: [], requests: 0, headers: {} };
  let behaviour: Behaviour = {};
  const server = createServer(async (asked, answer) => {
    const text = await new Response(asked as never).text();
    if (asked.url === "/heard") return void answer.end(JSON.stringify(heard));
    if (asked.url === "/behave") {
      behaviour = JSON.parse(text);
      return void answer.end();
    }
    heard.requests += 1;
    heard.headers = asked.headers as Record<string, string>;
    const { status = 200, retryAfter, body = "{}", hangs, times } = behaviour;
    if (times !== undefined) behaviour = times > 1 ? { ...behaviour, times: times - 1 } : {};
    if (hangs === true) return;
    const fault = faultOf(asked.method, asked.url, asked.headers["content-type"], text);
    if (fault !== null) {
      heard.faults.push(fault);
      return void answer.writeHead(400).end(JSON.stringify({ code: 3, message: fault }));
    }
    if (status === 200) heard.spans.push(...spansOf(text));
    answer.writeHead(status, {
      "content-type": "application/json",
      ...(retryAfter === undefined ? {} : { "retry-after": retryAfter }),
    });
    answer.end(body);
  });
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    process.stdout.write(`${typeof address === "object" ? address?.port : ""}\n`);
  });
}

function faultOf(
  method: string | undefined,
  url: string | undefined,
  type: string | undefined,
  text: string,
) {
  if (method !== "POST" || url !== "/v1/traces") return `no POST /v1/traces but ${method} ${url}`;
  if (type !== "application/json") return `no JSON but ${type}`;
  const read = request.safeParse(JSON.parse(text));
  return read.success ? null : z.prettifyError(read.error);
}

function spansOf(text: string): TakenSpan[] {
  return request.parse(JSON.parse(text)).resourceSpans.flatMap(({ resource, scopeSpans }) => {
    if (!resource.attributes.some(({ key }) => key === "service.name")) throw new Error("no service.name");
    return scopeSpans.flatMap(({ spans }) =>
      spans.map((one) => ({ ...one, attributes: named(one.attributes) })),
    );
  });
}

function named(all: z.output<typeof attributes>): TakenSpan["attributes"] {
  return Object.fromEntries(
    all.map(({ key, value }) => {
      const [[kind = "", plain] = []] = Object.entries(value) as [string, string | number | boolean][];
      return [key, kind === "intValue" ? Number(plain) : (plain ?? "")];
    }),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) serve();
