import * as z from "zod";

/** The server that mail goes out through, and whom it comes from. */
export interface SmtpSettings {
  host: string;
  port: number;
  /** `implicit`: TLS from the first byte. `required`: STARTTLS, or no mail. `none`: as it is, which only a server of the same machine should be given. */
  tls: "implicit" | "required" | "none";
  user: string | null;
  password: string | null;
  from: string;
}

const address = /^(?:[^<>\p{Cc}]{0,100}<)?[^\s<>@\p{Cc}]{1,64}@[^\s<>@\p{Cc}]{1,190}>?$/u;

/** The settings of mail in the environment. */
export const smtpFields = {
  PULSE_SMTP_URL: z
    .string()
    .transform((text, context) => {
      const settings = readSmtpUrl(text);
      if (settings !== null) return settings;
      // It may have a password in it: it is not shown.
      context.addIssue({
        code: "custom",
        message:
          "must be smtps://<user>:<password>@host or smtp://host, with ?tls=none where the server has none",
      });
      return z.NEVER;
    })
    .optional(),
  PULSE_MAIL_FROM: z
    .string()
    .regex(address, 'must be an address such as "Pulse <pulse@example.test>"')
    .optional(),
};

/** The settings of mail; null: none is sent. `isFromMissing`: there is a server and nobody whom mail comes from. */
export function smtpSettings(given: z.output<z.ZodObject<typeof smtpFields>>): {
  settings: SmtpSettings | null;
  missing: string[];
} {
  const { PULSE_SMTP_URL: server, PULSE_MAIL_FROM: from } = given;
  if (server === undefined) return { settings: null, missing: [] };
  if (from === undefined) return { settings: null, missing: ["PULSE_MAIL_FROM"] };
  return { settings: { ...server, from }, missing: [] };
}

function readSmtpUrl(text: string): Omit<SmtpSettings, "from"> | null {
  const [, scheme = "", rest = ""] = /^(smtps?):\/\/(.+)$/.exec(text) ?? [];
  // Only of some schemes the parser reads everything.
  const url = scheme === "" ? null : URL.parse(`http://${rest}`);
  if (url === null || url.pathname !== "/" || url.hash !== "") return null;
  const wanted = url.searchParams.get("tls");
  if ((url.search !== "" && url.search !== "?tls=none") || (wanted === "none" && scheme === "smtps"))
    return null;
  const isImplicit = scheme === "smtps";
  // Of an http:// URL the parser leaves port 80 out: nobody has mail there.
  const port = url.port === "" ? (isImplicit ? 465 : 587) : Number(url.port);
  const decoded = (part: string) => (part === "" ? null : decodeURIComponent(part));
  return {
    ...{ host: url.hostname.replace(/^\[|\]$/g, ""), port },
    tls: isImplicit ? "implicit" : wanted === "none" ? "none" : "required",
    ...{ user: decoded(url.username), password: decoded(url.password) },
  };
}
