import type { Page } from "playwright-core";

/** What a page complained about: errors in its console, exceptions nobody caught, and violations of its content security policy. */
export interface Complaints {
  /** All so far, but those that were expected. */
  list(): string[];
  /** The same, and forgets them. */
  take(): string[];
  /** Resolves when Chromium next breaks off what is under way because a network interface came or went, as a container's does. */
  nextNetworkChange(): Promise<void>;
  /** From now on these are no complaint: a test that takes the gateway away expects failed requests. */
  expect(pattern: RegExp): void;
}

/** Collects the complaints of a page from now on. */
export async function listenTo(page: Page): Promise<Complaints> {
  const found: string[] = [];
  const expected: RegExp[] = [];
  let networkChange = Promise.withResolvers<void>();
  const note = (complaint: string) => {
    if (complaint.includes("net::ERR_NETWORK_CHANGED")) {
      networkChange.resolve();
      networkChange = Promise.withResolvers<void>();
    } else if (!expected.some((pattern) => pattern.test(complaint))) found.push(complaint);
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
    take: () => found.splice(0),
    nextNetworkChange: () => networkChange.promise,
    expect: (pattern) => void expected.push(pattern),
  };
}
