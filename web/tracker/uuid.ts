const randomDigit = (): string => {
  let digit = Math.random() * 16;
  try {
    // Pages on http:// have this, but no randomUUID.
    digit = (crypto.getRandomValues(new Uint8Array(1))[0] as number) & 15;
  } catch {
    // Ids need not be secret, only different: ordinary randomness will do.
  }
  return (digit | 0).toString(16);
};

/** A UUIDv7 of this moment by the viewer's clock. */
export const uuid7 = (): string =>
  `${Date.now().toString(16).padStart(12, "0")}-7xxx-8xxx-xxxxxxxxxxxx`
    .replace(/x/g, randomDigit)
    .replace(/.{8}/, "$&-");

/** When a UUIDv7 was made, in ms since 1970. NaN when it is none. */
export const uuidTime = (uuid: string): number => parseInt(uuid.replace("-", ""), 16);
