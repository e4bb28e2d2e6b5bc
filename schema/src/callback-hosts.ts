import * as z from "zod";

/** Hosts that may be called back, separated by commas: `host`, `host:port`, `*.host`. */
export const callbackHosts = z.string().transform((text, context) => {
  const hosts = text.split(",").flatMap((one) => (one.trim() === "" ? [] : [one.trim().toLowerCase()]));
  const bad = hosts.find(
    (one) => !/^((\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:\d{1,5})?$/.test(one),
  );
  if (bad === undefined) return hosts;
  context.addIssue({
    code: "custom",
    message: `must be hosts such as hooks.example.test, got ${JSON.stringify(bad)}`,
  });
  return z.NEVER;
});
