import type { Page } from "playwright-core";

const stepsMost = 120;

/** What has the focus, in the words a screen reader would begin with; inside a shadow root too. */
export function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    let active = document.activeElement;
    while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
    if (active === null) return "";
    const label =
      active.getAttribute("aria-label") ??
      (active as HTMLInputElement).labels?.[0]?.textContent ??
      active.textContent;
    return (label ?? "").trim();
  });
}

/** Presses Tab until what has the focus is called so; throws with what was on the way when it never is. */
export async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  const seen: string[] = [];
  for (let step = 0; step < stepsMost; step += 1) {
    await page.keyboard.press("Tab");
    const now = await focused(page);
    if (typeof name === "string" ? now === name : name.test(now)) return;
    seen.push(now.slice(0, 40));
  }
  throw new Error(`Tab never reaches ${name}; it reaches ${[...new Set(seen)].join(" | ")}`);
}
