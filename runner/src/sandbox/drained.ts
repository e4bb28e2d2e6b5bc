const mostMs = 1500;

/** Resolves when every stream of an ended process has given its last bytes, or after 1.5 s: a stray may hold one open. */
export async function drained(streams: readonly NodeJS.ReadableStream[]): Promise<void> {
  const open = streams.filter((stream) => stream.readable);
  await new Promise<void>((resolve) => {
    let left = open.length;
    if (left === 0) return resolve();
    const timer = setTimeout(resolve, mostMs);
    for (const stream of open) {
      let isDone = false;
      const done = () => {
        if (isDone) return;
        isDone = true;
        left -= 1;
        if (left > 0) return;
        clearTimeout(timer);
        resolve();
      };
      stream.once("end", done);
      stream.once("close", done);
    }
  });
}
