/** How long after the beginning something was, in milliseconds, as a clock shows it: `+0:04.512`, `+1:02:03.004`. */
export function sinceText(ms: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const whole = Math.max(0, Math.round(ms));
  const [hours, minutes, seconds] = [
    Math.floor(whole / 3_600_000),
    Math.floor(whole / 60_000) % 60,
    Math.floor(whole / 1000) % 60,
  ];
  const begin = hours > 0 ? `${hours}:${two(minutes)}` : String(minutes);
  return `+${begin}:${two(seconds)}.${String(whole % 1000).padStart(3, "0")}`;
}
