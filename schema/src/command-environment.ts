import * as z from "zod";

/** Variables that change which code a program loads or where it looks for it: whoever may name them runs what they like. */
const denied =
  /^(LD_.*|DYLD_.*|NODE_OPTIONS|NODE_PATH|NODE_EXTRA_CA_CERTS|BASH_ENV|BASH_FUNC_.*|BASHOPTS|SHELLOPTS|ENV|ZDOTDIR|PROMPT_COMMAND|PS4|IFS|CDPATH|PATH|SHELL|TMPDIR|GCONV_PATH|GLIBC_TUNABLES|MALLOC_.*|LOCPATH|NLSPATH|HOSTALIASES|RES_OPTIONS|PYTHON.*|PERL5?LIB|PERL5OPT|PERL5DB|RUBYOPT|RUBYLIB|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS|CLASSPATH|LUA_INIT.*|GIT_SSH|GIT_SSH_COMMAND|GIT_EXEC_PATH|GIT_CONFIG.*|GIT_EXTERNAL_DIFF|GIT_PROXY_COMMAND|GIT_ASKPASS|SSH_ASKPASS|DOCKER_.*|KUBECONFIG|OPENSSL_CONF|OPENSSL_ENGINES|SSLKEYLOGFILE|PULSE_.*)$/i;

const namePattern = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** Why a host command may not be given a variable of this name; null: it may. */
export function variableFault(name: string): string | null {
  if (!namePattern.test(name)) return `${JSON.stringify(name)} is not the name of an environment variable`;
  return denied.test(name) ? `${name} decides what programs load or find, and cannot be set` : null;
}

/** The name of a variable that a host command may be given. */
export const variableName = z.string().superRefine((name, context) => {
  const message = variableFault(name);
  if (message !== null) context.addIssue({ code: "custom", message });
});

/** The value of a variable: a text that the system takes, so without NUL and below 128 KiB. */
export const variableValue = z
  .string()
  .max(100_000)
  .refine((text) => !text.includes("\0"), "must not contain NUL");
