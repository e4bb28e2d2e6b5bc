/** Headers that may hold somebody's credentials. */
const credential = /^\s*(authorization|proxy-authorization|cookie|x-api-key|x-auth-token)\s*:/i;

/** Header lines without those that hold credentials: these are never kept. */
export function withoutCredentials(lines: string): string {
  return lines
    .split("\n")
    .filter((line) => !credential.test(line))
    .join("\n");
}
