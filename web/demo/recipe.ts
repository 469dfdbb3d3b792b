import type { Config } from "./api.ts";
import { make, part } from "./dom.ts";

const ATTRIBUTES = ["data-playhead-media", "data-playhead-title"];

/** A tag as one would write it, with some of its attributes. */
const written = (name: string, attributes: [string, string | null][], rest: string): Node[] => {
  const nodes: Node[] = [document.createTextNode(`<${name}`)];
  for (const [attribute, value] of attributes) {
    nodes.push(document.createTextNode(" "), make("span", "attribute", attribute));
    if (value !== null)
      nodes.push(document.createTextNode("="), make("span", "string", `"${value}"`));
  }
  nodes.push(document.createTextNode(rest));
  return nodes;
};

const copyButton = (button: HTMLElement, text: () => string): void => {
  // Without https or localhost there is no clipboard.
  button.hidden = !("clipboard" in navigator);
  button.addEventListener("click", () => {
    void navigator.clipboard.writeText(text()).then(
      () => {
        button.textContent = "Copied";
        setTimeout(() => {
          button.textContent = "Copy";
        }, 1500);
      },
      () => undefined,
    );
  });
};

/** The two tags of this very page, and the calls that it makes. */
export const showRecipe = (config: Config, project: string | undefined): void => {
  const video = part("video");
  const tag = part("tag");
  const tracker = new URL(config.tracker, location.href).href;
  tag.replaceChildren(
    ...written(
      "script",
      [
        ["async", null],
        ["src", tracker],
        ["data-account", config.account_key],
      ],
      "></script>",
    ),
  );
  part("mark").replaceChildren(
    ...written(
      "video",
      ATTRIBUTES.map((name) => [name, video.getAttribute(name)]),
      " …></video>",
    ),
  );
  copyButton(part("copy-tag"), () => tag.textContent ?? "");

  const media = `medias/${config.media}`;
  const paths = [
    media,
    `${media}/engagement`,
    `${media}/by_date`,
    ...(project ? [`projects/${project}`, `projects/${project}/by_date`] : []),
    "account",
    "account/by_date",
  ];
  const calls = paths.map(
    (path) => `curl -H "Authorization: Bearer $TOKEN" ${location.origin}/v1/stats/${path}.json`,
  );
  const text = [`TOKEN=${config.token}`, ...calls].join("\n");
  part("calls").textContent = text;
  copyButton(part("copy-calls"), () => text);
};
