interface Wishes {
  doNotTrack?: string | null;
  globalPrivacyControl?: boolean;
}

/** Whether the viewer asks not to be tracked: Do Not Track or Global Privacy Control. */
export const declined = (): boolean =>
  // Safari had its own on the window.
  [navigator as Wishes, window as Wishes].some(
    ({ doNotTrack, globalPrivacyControl }) => doNotTrack === "1" || globalPrivacyControl,
  );
