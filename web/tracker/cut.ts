// A beacon has to fit into a keepalive request, whatever the page calls itself.
export const cut = (text: string | null | undefined): string | undefined =>
  text?.slice(0, 2048) || undefined;
