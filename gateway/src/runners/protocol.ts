/** Why a runner is not served, and what to do about it. */
export interface ProtocolFault {
  detail: string;
  hint: string;
}

/** Why a gateway of protocol `own` does not serve whoever sent this as `Pulse-Protocol`; null: it does. It serves its own and the one before, and the first is 1. */
export function protocolFault(spoken: string | null, own: number): ProtocolFault | null {
  const oldest = Math.max(1, own - 1);
  const serves = oldest === own ? `protocol ${own}` : `the protocols ${oldest} and ${own}`;
  const gateway = `this gateway serves ${serves} of runners`;
  const number = /^\d{1,6}$/.test(spoken ?? "") ? Number(spoken) : null;
  if (number === null) {
    return {
      detail: `${gateway}, and Pulse-Protocol must say which one is spoken, got ${JSON.stringify(spoken)}`,
      hint: "Send the header Pulse-Protocol with each call of a runner.",
    };
  }
  if (number > own) {
    return {
      detail: `${gateway}, and the runner speaks ${number}: it is newer than the gateway`,
      hint: "Upgrade the gateway first, or put the runner's version before back in place.",
    };
  }
  if (number < oldest) {
    return {
      detail: `${gateway}, and the runner speaks ${number}: it is too old for the gateway`,
      hint: "Upgrade the runner: the line of `pulse runner add` once more on its machine.",
    };
  }
  return null;
}
