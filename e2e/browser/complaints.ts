import type { Page } from "playwright-core";

/** What a page complained about: errors in its console, exceptions nobody caught, and violations of its content security policy. */
export interface Complaints {
  /** All so far, but those that were expected. */
  list(): string[];
  /** How often Chromium broke off what was under way because a network interface came or went, as a container's does. */
  networkChanges(): number;
  /** From now on these are no complaint: a test that takes the gateway away expects failed requests. */
  expect(pattern: RegExp): void;
}

/** Collects the complaints of a page from now on. */
export async function listenTo(page: Page): Promise<Complaints> {
  const found: string[] = [];
  const expected: RegExp[] = [];
  let networkChanges = 0;
  const note = (complaint: string) => {
    if (complaint.includes("net::ERR_NETWORK_CHANGED")) networkChanges += 1;
    else if (!expected.some((pattern) => pattern.test(complaint))) found.push(complaint);
  };
  page.on("pageerror", (error) => note(`uncaught ${error.stack ?? error.message}`));
  page.on("console", (message) => {
    const { url, lineNumber } = message.location();
    if (message.type() === "error" || message.type() === "warning")
      note(`console.${message.type()} ${message.text()} (${url}:${lineNumber})`);
  });
  await page.exposeFunction("pulseTestPolicy", (text: string) => note(`policy ${text}`));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      const tell = (globalThis as unknown as { pulseTestPolicy(text: string): void }).pulseTestPolicy;
      tell(
        `${event.violatedDirective} blocked ${event.blockedURI} at ${event.sourceFile}:${event.lineNumber} ${event.sample}`,
      );
    });
  });
  return {
    list: () => [...found],
    networkChanges: () => networkChanges,
    expect: (pattern) => void expected.push(pattern),
  };
}
