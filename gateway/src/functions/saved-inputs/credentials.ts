/** Headers that may hold somebody's credentials, by their names: `Authorization`, `X-Api-Key`, `X-Gitlab-Token`, `X-Amz-Signature`, `X-Auth` and the like; an `Idempotency-Key` is none. */
const credential =
  /^[^:]*(authorization|cookie|token|secret|passw|credential|signature|apikey|(?<!idempotency)[-_]key|[-_]auth(?!or))[^:]*:/i;

/** Header lines without those that hold credentials: these are never kept. */
export function withoutCredentials(lines: string): string {
  return lines
    .split("\n")
    .filter((line) => !credential.test(line))
    .join("\n");
}
