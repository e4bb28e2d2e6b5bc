declare module "cloudflare:workers" {
  /** Lets a promise run on after the answer of the present request. */
  export function waitUntil(work: Promise<unknown>): void;
}
