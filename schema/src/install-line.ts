/** The line that installs a runner on its machine, from its gateway and with a token that is good once. `asService`: under systemd, and not in this terminal. */
export function installLine(given: {
  gateway: string;
  token: string;
  /** Empty: the name of its host. */
  name: string;
  asService: boolean;
}): string {
  const variables = [
    `PULSE_GATEWAY=${quoted(given.gateway)}`,
    // In the environment and not a word of the command: everybody on a machine sees the words.
    `PULSE_ENROLMENT_TOKEN=${quoted(given.token)}`,
    ...(given.name === "" ? [] : [`PULSE_RUNNER_NAME=${quoted(given.name)}`]),
  ];
  const words = given.asService ? " -s -- --service" : "";
  return `curl -fsSL ${quoted(`${given.gateway}/install/runner.sh`)} | ${variables.join(" ")} sh${words}`;
}

/** Words that a shell takes for themselves stay bare; all others are quoted. */
export function quoted(text: string): string {
  return /^[\w.:/@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
