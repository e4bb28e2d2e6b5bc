/** One line of a stack; `file` and `line` where it is code of the function's own. */
export interface StackLine {
  text: string;
  place: { file: string; line: number } | null;
}

/** Lines of a stack as the runtimes write them, with those that stand in one of the function's files: `at f (lib/a.ts:3:7)`, `File "main.py", line 3`. */
export function stackLines(stack: string, files: readonly string[]): StackLine[] {
  return stack.split("\n").map((text) => {
    const [, python, row] = /^\s*File "([^"]+)", line (\d+)/.exec(text) ?? [];
    const [, script, at] =
      /(?:\(|\bat (?:async )?)(?:file:\/\/)?([^\s()]+?):(\d+)(?::\d+)?\)?$/.exec(text) ?? [];
    const file = (python ?? script)?.replace(/^\.\//, "");
    const line = Number(row ?? at);
    if (file === undefined || !files.includes(file) || !(line > 0)) return { text, place: null };
    return { text, place: { file, line } };
  });
}
