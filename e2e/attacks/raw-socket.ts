import { connect } from "node:net";

/** What a server answered to bytes as they were written: its first status, 0 without one, and all that it sent. */
export interface RawAnswer {
  status: number;
  text: string;
}

/** Sends bytes as they are and reads until the server closes, or a second after its first answer. */
export function sendRaw(url: string, bytes: string | Buffer): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    const chunks: Buffer[] = [];
    let quiet: NodeJS.Timeout | undefined;
    const end = () => {
      clearTimeout(quiet);
      clearTimeout(late);
      socket.destroy();
      const text = Buffer.concat(chunks).toString("latin1");
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text });
    };
    const late = setTimeout(() => reject(new Error("no answer within 10 s")), 10_000);
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      quiet ??= setTimeout(end, 1000);
    });
    socket.on("error", end);
    socket.on("close", end);
    socket.write(bytes);
  });
}

/** A request of these lines; `Host`, `Connection: close` and the end of the head are added. */
export function lines(...head: string[]): string {
  const [first, ...rest] = head;
  return [first, "Host: localhost", "Connection: close", ...rest, "", ""].join("\r\n");
}
