import { lookup } from "node:dns/promises";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { connect, isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { domainToASCII } from "node:url";
import { mayReach, type OpenedRange } from "./address-rules.ts";

const connectMs = 10_000;
/** Connections of one sandbox at a time. */
const clientsMost = 256;
const hopByHop = [
  "connection",
  "proxy-connection",
  "proxy-authorization",
  "keep-alive",
  "te",
  "trailer",
  "upgrade",
];

/** What a function may reach. */
export interface ProxyRules {
  /** `host:port`; `*.example.test:443` stands for every name below it. */
  allowed: readonly string[];
  /** Closed ranges that the runner's policy opens; of the others none is reached, whatever name resolves to it. */
  opened: readonly OpenedRange[];
  /** Names to addresses; the system's resolver when it is left out. */
  resolve?: (host: string) => Promise<readonly string[]>;
  onRefused(line: string): void;
}

/** A target that was refused, in words for the function's log. */
class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * An HTTP proxy on a unix socket, for one sandbox: `CONNECT` and plain `http:` requests reach what the list names and nothing else. A name is
 * resolved here, once, and the address that was checked is the one that is connected to.
 */
export async function listenForEgress(path: string, rules: ProxyRules): Promise<{ close(): void }> {
  const sockets = new Set<Duplex>();
  const clients = new Set<Socket>();
  const keep = (socket: Duplex) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  };
  const server = createServer({ maxHeaderSize: 64 * 1024 }, (incoming, response) => {
    void forward(incoming, response, rules, clients.size).catch((error: unknown) => {
      const { status, message } = refusalOf(error, rules);
      if (response.headersSent) response.destroy();
      else response.writeHead(status, { "content-type": "text/plain" }).end(`${message}\n`);
    });
  });
  server.on("connection", (client: Socket) => {
    keep(client);
    clients.add(client);
    client.on("close", () => clients.delete(client));
  });
  server.on("connect", (incoming: IncomingMessage, client: Socket, head: Buffer) => {
    void tunnel(incoming.url ?? "", rules, clients.size)
      .then((remote) => {
        keep(remote);
        client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
        if (head.length > 0) remote.write(head);
        client.pipe(remote).pipe(client);
        client.on("close", () => remote.destroy());
        remote.on("close", () => client.destroy());
      })
      .catch((error: unknown) => {
        const { status, message } = refusalOf(error, rules);
        client.end(
          `HTTP/1.1 ${status} Refused\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n${message}\n`,
        );
      });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => resolve());
  });
  return {
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function refuseMany(open: number): void {
  if (open > clientsMost) throw new Refusal(429, `more than ${clientsMost} connections at once`);
}

async function tunnel(target: string, rules: ProxyRules, open: number): Promise<Socket> {
  const match = /^\[?([^\][]+?)\]?:(\d{1,5})$/.exec(target);
  if (match === null) throw new Refusal(400, `${target} is no host:port`);
  refuseMany(open);
  const [, host = "", port = ""] = match;
  const address = await addressOf(host, Number(port), rules);
  return connected(address, Number(port), `${host}:${port}`);
}

async function forward(
  incoming: IncomingMessage,
  response: ServerResponse,
  rules: ProxyRules,
  open: number,
): Promise<void> {
  refuseMany(open);
  const target = URL.canParse(incoming.url ?? "") ? new URL(incoming.url ?? "") : null;
  if (target?.protocol !== "http:") throw new Refusal(400, "a proxy takes CONNECT and http: addresses");
  const host = target.hostname.replace(/^\[|\]$/g, "");
  const port = target.port === "" ? 80 : Number(target.port);
  const address = await addressOf(host, port, rules);
  const headers: Record<string, string | string[] | undefined> = { ...incoming.headers, host: target.host };
  for (const name of hopByHop) delete headers[name];
  const { method } = incoming;
  const options = { host: address, port, method, path: `${target.pathname}${target.search}`, headers };
  await new Promise<void>((resolve, reject) => {
    const outgoing = request(options, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(response);
      answer.on("end", resolve);
      answer.on("error", reject);
    });
    outgoing.setTimeout(connectMs, () => {
      if (outgoing.socket?.connecting) outgoing.destroy(new Refusal(504, `${target.host} does not answer`));
    });
    outgoing.on("error", (error) => {
      reject(error instanceof Refusal ? error : new Refusal(502, `${target.host}: ${error.message}`));
    });
    response.on("close", () => outgoing.destroy());
    incoming.pipe(outgoing);
  });
}

/** The address to connect to: one of the host's that is allowed. Throws the refusal. */
async function addressOf(host: string, port: number, rules: ProxyRules): Promise<string> {
  const name = plain(host);
  const isListed = rules.allowed.some((entry) => covers(entry, name, port));
  if (!isListed) throw new Refusal(403, `${name}:${port} is not on the function's egress list`);
  const resolve = rules.resolve ?? resolved;
  const addresses = isIP(name) === 0 ? await resolve(name) : [name];
  const found = addresses.find((address) => mayReach(address, port, rules.opened));
  if (found !== undefined) return found;
  throw addresses.length === 0
    ? new Refusal(502, `${name} has no address`)
    : new Refusal(403, `${name}:${port} is at ${addresses[0]}, which this runner's policy does not open`);
}

function covers(entry: string, name: string, port: number): boolean {
  const at = entry.lastIndexOf(":");
  if (Number(entry.slice(at + 1)) !== port) return false;
  const host = entry.slice(0, at);
  return host.startsWith("*.") ? name.endsWith(`.${plain(host.slice(2))}`) : plain(host) === name;
}

/** A name as resolvers take it: in lower case, other scripts in ASCII, without a last dot. What is no name stays as it is. */
function plain(host: string): string {
  const bare = host
    .toLowerCase()
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "");
  return isIP(bare) === 0 && /[^ -~]/.test(bare) ? domainToASCII(bare) || bare : bare;
}

async function resolved(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}

function connected(address: string, port: number, target: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, timeout: connectMs });
    socket.once("connect", () => {
      socket.setTimeout(0);
      socket.removeAllListeners("error");
      resolve(socket);
    });
    socket.once("timeout", () => socket.destroy(new Error("does not answer")));
    socket.once("error", (error) => reject(new Refusal(502, `${target}: ${error.message}`)));
  });
}

function refusalOf(error: unknown, rules: ProxyRules): Refusal {
  const refusal = error instanceof Refusal ? error : new Refusal(502, "the proxy failed");
  if (refusal.status === 403) rules.onRefused(`egress refused: ${refusal.message}`);
  return refusal;
}
