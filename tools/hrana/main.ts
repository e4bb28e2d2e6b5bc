import { serveHrana } from "./server.ts";

/** `node tools/hrana/main.ts FILE [PORT]`: serves the file until SIGINT or SIGTERM. `HRANA_TOKEN` closes it to others. */
const [file, port = "8080"] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write("usage: node tools/hrana/main.ts FILE [PORT]\n");
  process.exit(2);
}
const token = process.env.HRANA_TOKEN;
const server = await serveHrana({ file, port: Number(port), ...(token === undefined ? {} : { token }) });
process.stdout.write(`Hrana over ${file} on ${server.url}\n`);
const end = () => void server.close().then(() => process.exit(0));
process.on("SIGINT", end);
process.on("SIGTERM", end);
