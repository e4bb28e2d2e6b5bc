import { type HmacSettings, hmacByDefault, idSeparator, type Provider } from "@pulse/schema/wire/webhooks";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { keyBytes, newSecret, secretFault } from "./key-bytes.ts";
import { slackChallenge } from "./payments.ts";
import type { Incoming } from "./proof.ts";
import { aboutOf, verify } from "./verify.ts";

type Headers = Record<string, string>;
const plain = '{"ref":"refs/heads/main","n":1}';
const secret = "pulse-test-secret";
const at = 1_700_000_000;

function incoming(headers: Headers, body: string | Uint8Array<ArrayBuffer> = plain): Incoming {
  const list = new Headers(headers);
  return {
    header: (name) => list.get(name),
    body: typeof body === "string" ? new TextEncoder().encode(body) : body,
  };
}

/** `ok`, or the code of the problem. */
async function check(
  provider: Provider,
  headers: Headers,
  {
    body = plain as string | Uint8Array<ArrayBuffer>,
    secrets = [secret],
    now = at,
    hmac = hmacByDefault,
  } = {},
): Promise<string> {
  const checks = { provider, hmac, toleranceMs: 300_000 };
  try {
    await verify(incoming(headers, body), checks, secrets, now * 1000);
    return "ok";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

const githubHex = "123e3f0433d7be250fc0402d8e7e6487eb24c11aef7bd256b9eea032e577c1e3";
const stripeV1 = "03eb85ddf9a8dd2c0158ed5385267e7a21f62fd33c8118f446ce3b175e489aa2";
const slackV0 = "v0=1a564c11b5a357eed626b97ab1a88d9132bd7ebef3179e19cadb49ad000260a1";
const standardSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const standardHeaders = {
  "webhook-id": "msg_1",
  "webhook-timestamp": String(at),
  "webhook-signature": "v1,nU2MSjqdVdUHbPnpJWQAmlGfF9x2dGLJq1ISh117NTg=",
};
const stripeHeaders = { "stripe-signature": `t=${at},v1=${stripeV1}` };
const slackHeaders = { "x-slack-signature": slackV0, "x-slack-request-timestamp": String(at) };

test("GitHub's published example and ours are right", async () => {
  const published = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
  const given = { body: "Hello, World!", secrets: ["It's a Secret to Everybody"] };
  expect(await check("github", { "x-hub-signature-256": published }, given)).toBe("ok");
  expect(await check("github", { "x-hub-signature-256": `sha256=${githubHex}` })).toBe("ok");
});

test.each([
  ["missing", {}],
  ["empty", { "x-hub-signature-256": "" }],
  ["too short", { "x-hub-signature-256": `sha256=${githubHex.slice(2)}` }],
  ["too long", { "x-hub-signature-256": `sha256=${githubHex}00` }],
  ["in upper case", { "x-hub-signature-256": `sha256=${githubHex.toUpperCase()}` }],
  ["without its scheme", { "x-hub-signature-256": githubHex }],
  ["of another scheme", { "x-hub-signature-256": `sha1=${githubHex}` }],
  ["only SHA-1", { "x-hub-signature": "sha1=0000000000000000000000000000000000000000" }],
  ["in another provider's header", { "x-gitea-signature": githubHex }],
  ["of another secret", { "x-hub-signature-256": `sha256=${"0".repeat(64)}` }],
])("a GitHub signature that is %s is refused", async (_, headers) => {
  expect(await check("github", headers as Headers)).toBe("invalid_signature");
});

test.each([
  ["with other spaces", '{"ref": "refs/heads/main","n":1}'],
  ["with its keys in another order", '{"n":1,"ref":"refs/heads/main"}'],
  ["with a byte order mark", `\ufeff${plain}`],
  ["with a line end", `${plain}\r\n`],
  ["in UTF-16", new Uint8Array(new Uint16Array([...plain].map((one) => one.charCodeAt(0))).buffer)],
])("a body that was written again %s is another one", async (_, body) => {
  expect(await check("github", { "x-hub-signature-256": `sha256=${githubHex}` }, { body })).toBe(
    "invalid_signature",
  );
});

test("Gitea signs in bare hex, Forgejo in both names, and both must be right", async () => {
  expect(await check("gitea", { "x-gitea-signature": githubHex })).toBe("ok");
  expect(await check("gitea", { "x-gitea-signature": `sha256=${githubHex}` })).toBe("invalid_signature");
  expect(await check("forgejo", { "x-forgejo-signature": githubHex })).toBe("ok");
  const both = { "x-forgejo-signature": githubHex, "x-gitea-signature": githubHex };
  expect(await check("forgejo", both)).toBe("ok");
  expect(await check("forgejo", { ...both, "x-gitea-signature": "0".repeat(64) })).toBe("invalid_signature");
  expect(await check("forgejo", { ...both, "x-gitea-signature": "" })).toBe("invalid_signature");
  expect(await check("forgejo", { "x-gitea-signature": githubHex })).toBe("invalid_signature");
});

test("GitLab's plain token must be the secret, and its signing token signs as Standard Webhooks", async () => {
  expect(await check("gitlab-token", { "x-gitlab-token": secret })).toBe("ok");
  for (const token of ["", "pulse", `${secret}x`, secret.toUpperCase()]) {
    expect(await check("gitlab-token", { "x-gitlab-token": token })).toBe("invalid_signature");
  }
  expect(await check("gitlab", standardHeaders, { secrets: [standardSecret] })).toBe("ok");
});

test("Stripe's v1 counts wherever it stands, v0 never, and a list has an end", async () => {
  const secrets = ["whsec_test"];
  const of = (value: string) => check("stripe", { "stripe-signature": value }, { secrets });
  expect(await check("stripe", stripeHeaders, { secrets })).toBe("ok");
  expect(await of(`v1=${stripeV1},t=${at}`)).toBe("ok");
  expect(await of(`t=${at},v1=${"0".repeat(64)},v1=${stripeV1},v0=x`)).toBe("ok");
  expect(await of(`t=${at},v0=${stripeV1}`)).toBe("invalid_signature");
  expect(await of(`t=${at},v1=`)).toBe("invalid_signature");
  expect(await of(`v1=${stripeV1}`)).toBe("invalid_signature");
  expect(await of(`t=${at},${Array(50).fill(`v1=${stripeV1}`).join(",")}`)).toBe("invalid_signature");
  expect(await of(`t=${at},t=${at},v1=${stripeV1}`)).toBe("invalid_signature");
});

test("what Stripe's own library signs is right", async () => {
  // Made by generateTestHeaderString of stripe 23.1.0.
  const v1 = "08618a71f255a06bf147f8b8c7c97f04d4b1b290794a91dcff3edc5efa556a0f";
  const body = '{"id":"evt_1","object":"event","type":"invoice.paid"}';
  const given = { body, secrets: ["whsec_test_of_the_library"] };
  expect(await check("stripe", { "stripe-signature": `t=${at},v1=${v1}` }, given)).toBe("ok");
});

test("Slack's own example and ours are right", async () => {
  // From Slack's page on verifying requests.
  const body =
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
  const published = {
    "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    "x-slack-request-timestamp": "1531420618",
  };
  const given = { body, secrets: ["8f742231b10e8888abcd99yyyzzz85a5"], now: 1_531_420_618 };
  expect(await check("slack", published, given)).toBe("ok");
  expect(await check("slack", slackHeaders)).toBe("ok");
  expect(await check("slack", { ...slackHeaders, "x-slack-signature": slackV0.slice(3) })).toBe(
    "invalid_signature",
  );
});

test("Standard Webhooks: the published vector, its own library, several signatures, and Ed25519", async () => {
  const published = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  };
  const secrets = [standardSecret];
  const given = { body: '{"test": 2432232314}', secrets, now: 1_614_265_330 };
  expect(await check("standard", published, given)).toBe("ok");
  expect(await check("standard", standardHeaders, { secrets })).toBe("ok");
  const made = new Webhook(standardSecret).sign("msg_2", new Date(at * 1000), plain);
  const list = `v1,${btoa("x".repeat(32))} v2,abc ${made}`;
  const headers = { ...standardHeaders, "webhook-id": "msg_2", "webhook-signature": list };
  expect(await check("standard", headers, { secrets })).toBe("ok");

  const pair = (await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"])) as CryptoKeyPair;
  const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const bytes = new TextEncoder().encode(`msg_1.${at}.${plain}`);
  const signature = new Uint8Array(await crypto.subtle.sign("Ed25519", pair.privateKey, bytes)).toBase64();
  const signed = { ...standardHeaders, "webhook-signature": `v1a,${signature}` };
  const open = { secrets: [`whpk_${publicKey.toBase64()}`] };
  expect(await check("standard", signed, open)).toBe("ok");
  expect(await check("standard", signed, { ...open, body: `${plain} ` })).toBe("invalid_signature");
});

test("an id with a dot has two readings and proves nothing", async () => {
  // `a.1700000000` + `170.x` signs the same bytes as `a` + `1700000000` and the body `170.x`.
  const headers = { ...standardHeaders, "webhook-id": `a.${at}` };
  expect(await check("standard", headers, { secrets: [standardSecret] })).toBe("invalid_signature");
});

describe.each([
  [
    "stripe",
    (time: string) => ({ "stripe-signature": `t=${time},v1=${stripeV1}` }),
    "whsec_test",
    stripeHeaders,
  ],
  ["slack", (time: string) => ({ ...slackHeaders, "x-slack-request-timestamp": time }), secret, slackHeaders],
  [
    "standard",
    (time: string) => ({ ...standardHeaders, "webhook-timestamp": time }),
    standardSecret,
    standardHeaders,
  ],
] as const)("the time of %s", (provider, withTime, key, good) => {
  const secrets: string[] = [key];
  test.each([-300, 300])("may be %i s away", async (seconds) => {
    expect(await check(provider, good, { secrets, now: at + seconds })).toBe("ok");
  });
  test.each([-301, 301])("may not be %i s away", async (seconds) => {
    expect(await check(provider, good, { secrets, now: at + seconds })).toBe("timestamp_out_of_tolerance");
  });
  test.each(["1e9", "0x6553f100", "-1700000000", "17000000000000000000", "1700000000.0", "1700000000;1"])(
    "is a whole number of seconds: not %s",
    async (time) => {
      expect(await check(provider, withTime(time), { secrets })).toBe("invalid_signature");
    },
  );
  test("is said once", async () => {
    expect(await check(provider, withTime(`${at}, ${at}`), { secrets })).not.toBe("ok");
  });
});

test("a generic HMAC is read as its settings say", async () => {
  const settings: HmacSettings = {
    ...hmacByDefault,
    ...{ header: "x-shop-hmac", algorithm: "sha512", encoding: "base64", signed: "{id}:{timestamp}:{body}!" },
    ...{ prefix: "v=", timestampHeader: "x-shop-time", idHeader: "x-shop-id", eventHeader: "x-shop-topic" },
  };
  const raw = new TextEncoder().encode(secret);
  const key = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-512" }, false, ["sign"]);
  const bytes = new TextEncoder().encode(`d-1:${at}:${plain}!`);
  const digest = new Uint8Array(await crypto.subtle.sign("HMAC", key, bytes)).toBase64();
  const headers = {
    ...{
      "x-shop-hmac": `v=${digest}`,
      "x-shop-time": String(at),
      "x-shop-id": "d-1",
      "x-shop-topic": "order",
    },
  };
  expect(await check("hmac", headers, { hmac: settings })).toBe("ok");
  expect(await check("hmac", headers, { hmac: settings, now: at + 301 })).toBe("timestamp_out_of_tolerance");
  expect(await check("hmac", { ...headers, "x-shop-id": "d-2" }, { hmac: settings })).toBe(
    "invalid_signature",
  );
  const said = aboutOf(incoming(headers), null, { provider: "hmac", hmac: settings });
  expect(said).toEqual({ delivery: "d-1", event: "order" });
  expect(await check("hmac", { "x-signature-256": githubHex })).toBe("ok");
});

test("while a secret is rotated both are right, and an empty one never is", async () => {
  const headers = { "x-hub-signature-256": `sha256=${githubHex}` };
  expect(await check("github", headers, { secrets: ["another-secret", secret] })).toBe("ok");
  expect(await check("github", headers, { secrets: ["another-secret"] })).toBe("invalid_signature");
  const key = { "x-gitlab-token": "" };
  expect(await check("gitlab-token", key, { secrets: [""] })).toBe("invalid_signature");
  expect(await check("github", headers, { secrets: [""] })).toBe("invalid_signature");
});

test("what a delivery is called stands in its headers or, once it was checked, in its payload", () => {
  const of = (provider: Provider, headers: Headers, payload: unknown = null) =>
    aboutOf(incoming(headers), payload, { provider, hmac: hmacByDefault });
  expect(of("github", { "x-github-delivery": "d1", "x-github-event": "push" })).toEqual({
    delivery: "d1",
    event: "push",
  });
  expect(of("gitlab-token", { "x-gitlab-event-uuid": "u", "x-gitlab-event": "Push Hook" })).toEqual({
    delivery: "u",
    event: "Push Hook",
  });
  expect(of("stripe", {}, { id: "evt_1", type: "invoice.paid" })).toEqual({
    delivery: "evt_1",
    event: "invoice.paid",
  });
  expect(of("slack", {}, { event_id: "Ev1", event: { type: "message" } })).toEqual({
    delivery: "Ev1",
    event: "message",
  });
  expect(of("standard", standardHeaders, { type: "user.created" })).toEqual({
    delivery: "msg_1",
    event: "user.created",
  });
  expect(of("github", {})).toEqual({ delivery: null, event: null });
  expect(slackChallenge({ type: "url_verification", challenge: "abc" })).toBe("abc");
  expect(slackChallenge({ type: "event_callback", challenge: "abc" })).toBeNull();
});

test("secrets have the form of their provider, and new ones too", () => {
  for (const provider of [
    "github",
    "gitea",
    "forgejo",
    "gitlab",
    "gitlab-token",
    "standard",
    "hmac",
  ] as const) {
    const made = newSecret(provider, "text", (n) => new Uint8Array(n).fill(7)) ?? "";
    expect([provider, secretFault(provider, made, "text")]).toEqual([provider, null]);
    for (const bad of ["", "short", "whsec_!", "with a space in it"]) {
      expect([provider, bad, secretFault(provider, bad, "text")]).not.toEqual([provider, bad, null]);
    }
  }
  expect(newSecret("stripe", "text", (n) => new Uint8Array(n))).toBeNull();
  expect(secretFault("hmac", "zz-not-hex", "hex")).not.toBeNull();
  expect(keyBytes("00ff", "hex")).toEqual(new Uint8Array([0, 255]));
});

describe("an id that is signed", () => {
  const hmac: HmacSettings = {
    ...hmacByDefault,
    ...{ signed: "{timestamp}.{id}.{body}", timestampHeader: "x-at", idHeader: "x-id" },
  };
  const sign = async (text: string) => {
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    const key = await crypto.subtle.importKey(
      "raw",
      keyBytes(secret, "text") ?? new Uint8Array(1),
      algorithm,
      false,
      ["sign"],
    );
    return new Uint8Array(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(text))).toHex();
  };

  test("is in one place alone: what was signed is not read as another id and another body", async () => {
    const digest = await sign(`${at}.d-1.first.second`);
    const headers = (id: string) => ({ "x-signature-256": digest, "x-at": String(at), "x-id": id });
    expect(await check("hmac", headers("d-1"), { body: "first.second", hmac })).toBe("ok");
    expect(await check("hmac", headers("d-1.first"), { body: "second", hmac })).toBe("invalid_signature");
  });

  test("must be there", async () => {
    const headers = { "x-signature-256": await sign(`${at}..${plain}`), "x-at": String(at) };
    expect(await check("hmac", headers, { hmac })).toBe("invalid_signature");
  });

  test.each([
    ["{id}{body}", ""],
    ["{body}{id}", ""],
    ["{id}{timestamp}.{body}", ""],
    ["{id}.{timestamp}.{body}", "."],
    ["{body}--{id}", "--"],
    ["{timestamp}{body}", null],
  ])("%s has %j between it and the rest", (signed, separator) => {
    expect(idSeparator(signed)).toBe(separator);
  });
});
