export const handler = async (event: { ms?: number }) => {
  await new Promise((resolve) => setTimeout(resolve, event.ms ?? 1000));
  return { slept: event.ms ?? 1000 };
};
