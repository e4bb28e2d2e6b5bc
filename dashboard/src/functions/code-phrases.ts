import { t } from "../words/words.ts";

/** The code editor's own words in the language in use, by their English form. */
export function codePhrases(): Record<string, string> {
  return {
    Find: t("code.find"),
    Replace: t("code.replace"),
    next: t("code.next"),
    previous: t("code.previous"),
    all: t("code.all"),
    "match case": t("code.match_case"),
    "by word": t("code.by_word"),
    regexp: t("code.regexp"),
    replace: t("code.replace"),
    "replace all": t("code.replace_all"),
    close: t("shell.close"),
    "Go to line": t("code.go_to_line"),
    go: t("code.go"),
    "$ unchanged lines": t("code.unchanged"),
    Completions: t("code.completions"),
    Diagnostics: t("code.faults"),
    "No diagnostics": t("code.no_faults"),
  };
}
