/** An address that somebody else said: a link only when it is one of the web. */

export const Outside = ({ url, title }: { url: string; title: string }) => {
  if (!url) return <span>not known</span>;
  const shown = title || url;
  if (!/^https?:\/\//i.test(url)) return <bdi>{shown}</bdi>;
  return (
    <a href={url} target="_blank" rel="noreferrer noopener" title={url} dir="auto">
      {shown}
    </a>
  );
};
