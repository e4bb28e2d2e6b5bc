// Runs before the first paint and before every module.
{
  // A chosen theme never flashes in from the other one.
  const theme = localStorage.getItem("pulse.theme");
  if (theme) document.documentElement.dataset.theme = theme;
}
// zod compiles parsers with `new Function` where it may, and finds out by trying; our content security policy would report the try.
globalThis.__zod_globalConfig = { jitless: true };
