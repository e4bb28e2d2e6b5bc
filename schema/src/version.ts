/** The version of this release: of gateway, runner, CLI and dashboard alike. Set by `pnpm release`, which changes every place that has it. */
export const pulseVersion = "0.1.0";
