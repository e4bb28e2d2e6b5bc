import { choiceFlags, paths, quoted, type Row, valueFlags } from "./command-table.ts";

/** The completion script for zsh, with descriptions; falls back to file names. */
export function zshScript(rows: readonly Row[]): string {
  const globals = rows[0]?.flags ?? [];
  const item = (name: string, text: string) => quoted(`${name}:${text.replaceAll(":", "\\:")}`);
  const cases = rows.map(({ path, commands, flags }) => {
    const all =
      path === ""
        ? flags
        : [...flags, ...globals.filter((one) => !flags.some((own) => own.names.join() === one.names.join()))];
    const names = commands.map(({ name, description }) => item(name, description));
    const words = all.flatMap(({ names: own, description }) => own.map((name) => item(name, description)));
    return `    ${quoted(path)})\n      commands=(${names.join(" ")})\n      flags=(${words.join(" ")}) ;;`;
  });
  const choices = choiceFlags(rows).map(
    ({ names, choices: values }) => `    ${names.join("|")}) compadd -- ${values.join(" ")}; return ;;`,
  );
  return `#compdef pulse
# zsh completion of pulse: source <(pulse completion zsh)
_pulse() {
  local at="" next="" skip="" i
  local -a commands flags
  for ((i = 2; i < CURRENT; i++)); do
    if [[ -n $skip ]]; then skip=""; continue; fi
    case "\${words[i]}" in
      ${valueFlags(rows).join("|")}) skip=1 ;;
      -*) ;;
      *)
        next="\${at:+$at }\${words[i]}"
        case "$next" in
          ${paths(rows)
            .map((path) => quoted(path))
            .join("|")}) at="$next" ;;
        esac ;;
    esac
  done
  case "\${words[CURRENT-1]}" in
${choices.join("\n")}
  esac
  if [[ -n $skip ]]; then _files; return; fi
  case "$at" in
${cases.join("\n")}
  esac
  if [[ \${words[CURRENT]} == -* ]]; then _describe 'flag' flags
  elif (( \${#commands} )); then _describe 'command' commands
  else _files
  fi
}
compdef _pulse pulse
`;
}
