import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type SmtpSettings, smtpFields, smtpSettings } from "@pulse/schema/smtp-settings";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { afterEach, expect, test } from "vitest";
import * as z from "zod";
import { createMailer } from "./mailer.ts";

const servers: SMTPServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise<void>((resolve) => server.close(() => resolve()));
});

/** A server of mail on this machine, with what it took. */
async function serving(options: SMTPServerOptions = {}) {
  const took: { from: string; to: string[]; mail: string; user: string | null }[] = [];
  const server = new SMTPServer({
    ...{ authOptional: true, disableReverseLookup: true, logger: false, closeTimeout: 100 },
    onAuth: ({ username, password }, _session, done) =>
      done(password === "right" ? null : new Error("wrong"), { user: username }),
    onData(stream, session, done) {
      let mail = "";
      stream.on("data", (chunk: Buffer) => {
        mail += chunk.toString("utf8");
      });
      stream.on("end", () => {
        const { mailFrom, rcptTo } = session.envelope;
        const from = mailFrom === false ? "" : mailFrom.address;
        took.push({ from, to: rcptTo.map(({ address }) => address), mail, user: session.user ?? null });
        done();
      });
    },
    ...options,
  });
  server.on("error", () => undefined);
  servers.push(server);
  const listening = server.listen(0, "127.0.0.1");
  await once(listening, "listening");
  const { port } = listening.address() as AddressInfo;
  return { took, port };
}

const settings = (port: number, more: Partial<SmtpSettings> = {}): SmtpSettings => ({
  ...{ host: "127.0.0.1", port, tls: "none", user: null, password: null, from: "Pulse <pulse@example.test>" },
  ...more,
});
const mail = {
  ...{ to: ["ops@example.test", "dev@example.test"], subject: "[default] ñightly failed" },
  ...{ text: "it failed\n", html: "<p>it failed</p>", messageId: "<ntf_1@pulse.example.test>" },
};
const soon = () => AbortSignal.timeout(5000);

test("a mail arrives at everybody it is for, as text and as HTML, with its id and marked as nobody's", async () => {
  const { took, port } = await serving();
  const { status } = await createMailer(settings(port)).send(mail, soon());
  expect(status).toBe(250);
  expect(took).toMatchObject([{ from: "pulse@example.test", to: ["ops@example.test", "dev@example.test"] }]);
  const text = took[0]?.mail ?? "";
  for (const part of [
    ...["Message-ID: <ntf_1@pulse.example.test>", "From: Pulse <pulse@example.test>"],
    ...["Auto-Submitted: auto-generated", "text/plain", "text/html", "=?UTF-8?"],
  ]) {
    expect(text).toContain(part);
  }
});

test("whoever has to sign in does, and a wrong password is an answer", async () => {
  const { took, port } = await serving({ allowInsecureAuth: true, authOptional: false });
  const as = (password: string) => createMailer(settings(port, { user: "ana", password })).send(mail, soon());
  expect((await as("right")).status).toBe(250);
  expect(took[0]?.user).toBe("ana");
  expect((await as("wrong")).status).toBe(535);
});

test("what a server refuses is an answer with its code: for good, or for now", async () => {
  for (const code of [550, 451]) {
    const refusal = Object.assign(new Error("not here"), { responseCode: code });
    const { port } = await serving({ onRcptTo: (_address, _session, done) => done(refusal) });
    const { status, answer } = await createMailer(settings(port)).send(mail, soon());
    expect([status, answer]).toEqual([code, expect.stringContaining("not here")]);
  }
});

test("an address that is not taken does not keep the mail from the others, and is named", async () => {
  const { took, port } = await serving({
    onRcptTo: ({ address }, _session, done) => done(address.startsWith("dev") ? new Error("unknown") : null),
  });
  const { status, answer } = await createMailer(settings(port)).send(mail, soon());
  expect([status, took[0]?.to]).toEqual([250, ["ops@example.test"]]);
  expect(answer).toContain("not taken for dev@example.test");
});

test("a server without TLS gets nothing unless that was allowed, nor does one whose certificate nobody knows", async () => {
  const bare = await serving({ hideSTARTTLS: true, disabledCommands: ["STARTTLS"] });
  await expect(
    createMailer(settings(bare.port, { tls: "required" })).send(mail, soon()),
  ).resolves.toMatchObject({
    status: expect.toSatisfy((code) => code >= 500),
  });
  const unknown = await serving();
  await expect(
    createMailer(settings(unknown.port, { tls: "required" })).send(mail, soon()),
  ).rejects.toThrow();
  const implicit = await serving({ secure: true });
  await expect(
    createMailer(settings(implicit.port, { tls: "implicit" })).send(mail, soon()),
  ).rejects.toThrow();
  expect([bare, unknown, implicit].flatMap(({ took }) => took)).toEqual([]);
});

test("a server that does not speak is left when the time is over", async () => {
  const { port } = await serving({ onConnect: () => undefined });
  await expect(createMailer(settings(port)).send(mail, AbortSignal.timeout(200))).rejects.toThrow();
});

test.each([
  ["smtp://mail.example.test", { port: 587, tls: "required", user: null }],
  ["smtps://mail.example.test", { port: 465, tls: "implicit" }],
  [`smtp://${"ana:p%40ss"}@mail.example.test:2525`, { port: 2525, user: "ana", password: "p@ss" }],
  ["smtp://127.0.0.1:25?tls=none", { host: "127.0.0.1", port: 25, tls: "none" }],
  ["http://mail.example.test", null],
  ["smtps://mail.example.test?tls=none", null],
  ["smtp://mail.example.test/path", null],
])("PULSE_SMTP_URL=%s", (url, expected) => {
  const read = z.object(smtpFields).safeParse({ PULSE_SMTP_URL: url, PULSE_MAIL_FROM: "pulse@example.test" });
  if (expected === null) expect(read.success).toBe(false);
  else expect(smtpSettings(read.data ?? {}).settings).toMatchObject(expected);
});

test("mail that comes from nobody is none", () => {
  const read = z.object(smtpFields).parse({ PULSE_SMTP_URL: "smtp://mail.example.test" });
  expect(smtpSettings(read)).toEqual({ settings: null, missing: ["PULSE_MAIL_FROM"] });
});
