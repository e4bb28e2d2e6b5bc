/** What every program that a test starts finds in its environment: the way to other programs, and what Node has compiled of ours before. */
export function programEnv(): { PATH: string; NODE_COMPILE_CACHE?: string } {
  const { PATH = "", NODE_COMPILE_CACHE } = process.env;
  return NODE_COMPILE_CACHE === undefined ? { PATH } : { PATH, NODE_COMPILE_CACHE };
}
