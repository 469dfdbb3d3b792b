/** An address as short as it can be told from others; whatever is none, as it is. */
export const shortAddress = (url: string): string => {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return url;
  const { host, pathname } = new URL(url);
  return `${host.replace(/^www\./, "")}${pathname === "/" ? "" : pathname}`;
};

/** An address that somebody else said: a link only when it is one of the web. */

export const Outside = ({ url, title }: { url: string; title: string }) => {
  if (!url) return <span>not known</span>;
  const shown = title || url;
  if (!/^https?:\/\//i.test(url)) return <bdi title={url}>{shown}</bdi>;
  return (
    <a href={url} target="_blank" rel="noreferrer noopener" title={url} dir="auto">
      {shown}
    </a>
  );
};
