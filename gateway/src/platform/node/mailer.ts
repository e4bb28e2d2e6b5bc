import type { SmtpSettings } from "@pulse/schema/smtp-settings";
import { createTransport } from "nodemailer";
import type { Mailer } from "../../ports.ts";

const connectMs = 10_000;

/** Sends mail through the operator's server: one connection for each, so that nothing stays open. */
export function createMailer({ host, port, tls, user, password, from }: SmtpSettings): Mailer {
  const transport = createTransport({
    ...{ host, port, secure: tls === "implicit", requireTLS: tls === "required", ignoreTLS: tls === "none" },
    ...(user === null ? {} : { auth: { user, pass: password ?? "" } }),
    ...{ connectionTimeout: connectMs, greetingTimeout: connectMs, socketTimeout: connectMs },
    // What is sent is text of ours: no file and no URL is read for it.
    ...{ disableFileAccess: true, disableUrlAccess: true },
  });
  return {
    async send({ to, subject, text, html, messageId }, signal) {
      const { promise: late, reject } = Promise.withResolvers<never>();
      const stop = () => reject(signal.reason);
      signal.addEventListener("abort", stop, { once: true });
      try {
        const sending = transport.sendMail({
          ...{ from, to: [...to], subject, text, html, messageId },
          // RFC 3834: no vacation answers this.
          headers: { "auto-submitted": "auto-generated" },
        });
        const { response, rejected } = await Promise.race([sending, late]);
        const refused = rejected.map(String);
        const about = refused.length === 0 ? "" : `\nnot taken for ${refused.join(", ")}`;
        return { status: codeOf(response) ?? 250, answer: `${response}${about}` };
      } catch (error) {
        const said = refusalOf(error);
        if (said === null) throw error;
        return said;
      } finally {
        signal.removeEventListener("abort", stop);
      }
    },
  };
}

/** What the server said when it did not take a mail; null: it did not speak. */
function refusalOf(error: unknown): { status: number; answer: string } | null {
  if (!(error instanceof Error) || !("responseCode" in error) || typeof error.responseCode !== "number") {
    return null;
  }
  const answer = "response" in error && typeof error.response === "string" ? error.response : error.message;
  return { status: error.responseCode, answer };
}

function codeOf(response: string): number | null {
  const [code] = /^\d{3}/.exec(response) ?? [];
  return code === undefined ? null : Number(code);
}
