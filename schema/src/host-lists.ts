import * as z from "zod";

const host = String.raw`([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:\d{1,5})?$`;

function hostList(pattern: RegExp) {
  return z.string().transform((text, context) => {
    const hosts = text.split(",").flatMap((one) => (one.trim() === "" ? [] : [one.trim().toLowerCase()]));
    const bad = hosts.find((one) => !pattern.test(one));
    if (bad === undefined) return hosts;
    context.addIssue({
      code: "custom",
      message: `must be hosts such as hooks.example.test, got ${JSON.stringify(bad)}`,
    });
    return z.NEVER;
  });
}

/** Hosts that may be called back, separated by commas: `host`, `host:port`, `*.host`. */
export const callbackHosts = hostList(new RegExp(String.raw`^(\*\.)?${host}`));

/** Hosts that everything may reach, wherever they are, separated by commas: exactly `host` or `host:port`. */
export const outboundHosts = hostList(new RegExp(`^${host}`));
