import { once } from "node:events";
import { SMTPServer } from "smtp-server";

/** A server of mail at the port of the first argument; each mail that it takes is a line of JSON on standard output. */
const [, , port = "0"] = process.argv;
const server = new SMTPServer({
  ...{ authOptional: true, disableReverseLookup: true, logger: false, hideSTARTTLS: true },
  onData(stream, session, done) {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      const to = session.envelope.rcptTo.map(({ address }) => address);
      process.stdout.write(`${JSON.stringify({ to, mail: Buffer.concat(chunks).toString("utf8") })}\n`);
      done();
    });
  },
});
await once(server.listen(Number(port), "127.0.0.1"), "listening");
process.stdout.write("listening\n");
