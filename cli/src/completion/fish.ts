import { type Flag, paths, type Row, valueFlags } from "./command-table.ts";

const quoted = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

/** The completion script for fish, with descriptions. */
export function fishScript(rows: readonly Row[]): string {
  const lines = rows.flatMap(({ path, commands, flags }) => {
    const when = `-n ${quoted(`__pulse_at ${quoted(path)}`)}`;
    return [
      ...commands.map(
        ({ name, description }) => `complete -c pulse -f ${when} -a ${name} -d ${quoted(description)}`,
      ),
      // The flags of pulse itself stand after every command.
      ...flags.map((flag) => `complete -c pulse${path === "" ? "" : ` ${when}`} ${flagText(flag)}`),
    ];
  });
  return `# fish completion of pulse: pulse completion fish | source
function __pulse_at
  set -l at
  set -l skip
  for word in (commandline -opc)[2..-1]
    if test -n "$skip"
      set skip
      continue
    end
    switch $word
      case ${valueFlags(rows).join(" ")}
        set skip 1
      case '-*'
      case '*'
        switch (string join ' ' $at $word)
          case ${paths(rows).map(quoted).join(" ")}
            set -a at $word
        end
    end
  end
  test "$argv[1]" = "$at"
end
${lines.join("\n")}
`;
}

function flagText({ names, description, takesValue, choices }: Flag): string {
  const forms = names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const value = choices.length > 0 ? ` -x -a ${quoted(choices.join(" "))}` : takesValue ? " -r" : "";
  return `${forms.join(" ")}${value} -d ${quoted(description)}`;
}
