import { choiceFlags, paths, type Row, valueFlags } from "./command-table.ts";

/** The completion script for bash; falls back to file names. */
export function bashScript(rows: readonly Row[]): string {
  const globals = rows[0]?.flags.flatMap(({ names }) => names) ?? [];
  const choices = choiceFlags(rows).map(
    ({ names, choices: values }) =>
      `    ${names.join("|")}) COMPREPLY=($(compgen -W '${values.join(" ")}' -- "$cur")); return ;;`,
  );
  const cases = rows.map(({ path, commands, flags }) => {
    const own = flags.flatMap(({ names }) => names);
    const all = [...new Set([...own, ...globals])].join(" ");
    return `    '${path}') commands='${commands.map(({ name }) => name).join(" ")}' flags='${all}' ;;`;
  });
  return `# bash completion of pulse: source <(pulse completion bash)
_pulse() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" at="" next skip="" i
  local commands="" flags=""
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ -n $skip ]]; then skip=""; continue; fi
    case "\${COMP_WORDS[i]}" in
      ${valueFlags(rows).join("|")}) skip=1 ;;
      -*) ;;
      *)
        next="\${at:+$at }\${COMP_WORDS[i]}"
        case "$next" in
          ${paths(rows)
            .map((path) => `'${path}'`)
            .join("|")}) at="$next" ;;
        esac ;;
    esac
  done
  case "$prev" in
${choices.join("\n")}
  esac
  # The value of a flag is a file name or nothing that we know.
  if [[ -n $skip ]]; then return; fi
  case "$at" in
${cases.join("\n")}
  esac
  if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W "$flags" -- "$cur"))
  else COMPREPLY=($(compgen -W "$commands" -- "$cur"))
  fi
}
complete -o default -F _pulse pulse
`;
}
