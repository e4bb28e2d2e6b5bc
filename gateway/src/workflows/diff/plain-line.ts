const parts: readonly [RegExp, string][] = [
  [/\b(exe|run|rnr|prm|ver|fn|wf|key|hook|sch|evt)_[0-9a-z]{10,}\b/g, "<id>"],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, "<id>"],
  // 2026-11-21T19:11:46.123Z, 2026-11-21 19:11:46,123+01:00
  [/\b\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?( ?(Z|UTC|[+-]\d{2}:?\d{2}))?)?/g, "<time>"],
  // Nov 21 19:11:46, Sat Nov 21 19:11:46 UTC 2026
  [
    /\b((Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?((Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +\d{1,2}|\d{1,2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)( \d{4})?) \d{2}:\d{2}:\d{2}( [A-Z]{3,4})?( \d{4})?/g,
    "<time>",
  ],
  // 21/Nov/2026:19:11:46 +0000
  [
    /\b\d{2}\/(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\/\d{4}:\d{2}:\d{2}:\d{2}( [+-]\d{4})?/g,
    "<time>",
  ],
  [/\b\d{2}:\d{2}:\d{2}([.,]\d{1,9})?\b/g, "<time>"],
  // Seconds, milliseconds, microseconds and nanoseconds since 1970, from 2017 to 2033.
  [/\b(1[5-9]|20)\d{8}(\d{3}){0,3}(\.\d{1,9})?\b/g, "<time>"],
];

/** A line of a log without what is another one each time: dates, times and ids. */
export function plainLine(text: string): string {
  let plain = text;
  for (const [pattern, mark] of parts) plain = plain.replace(pattern, mark);
  return plain;
}
