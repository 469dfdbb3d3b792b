import { safely } from "./safely";

// Pages on http:// have this, but no randomUUID.
const random = safely(() => crypto.getRandomValues(new Uint8Array(1))[0]!);

// Ids need not be secret, only different: where there is nothing better, chance will do.
const randomDigit = (): string => ((random()! ^ (Math.random() * 16)) & 15).toString(16);

/** The beginning of a UUIDv7 of that time, in ms since 1970; the later it is, the greater. */
export const uuidTime = (ms: number): string =>
  ms.toString(16).padStart(12, "0").replace(/.{8}/, "$&-");

/** A UUIDv7 of this moment by the viewer's clock. */
export const uuid7 = (): string =>
  uuidTime(Date.now()) + "-7xxx-8xxx-xxxxxxxxxxxx".replace(/x/g, randomDigit);
