import { safely } from "./safely";

const ATTRIBUTE = "data-playhead-media";

/**
 * Finds marked players now and whenever they come, go or change their mark.
 *
 * `found` is called with a player and the media it is marked with, "" when it has no mark;
 * `moved` after parts of the page have been put in or taken out.
 */
export const discover = (
  found: (player: HTMLMediaElement, media: string) => void,
  moved: () => void,
): void => {
  const look = safely((node: Node) => {
    if (node instanceof HTMLMediaElement) found(node, node.getAttribute(ATTRIBUTE) || "");
  });
  const search = (root: Node): void => {
    look(root);
    // Text has no such method.
    (root as Partial<ParentNode>).querySelectorAll?.(`[${ATTRIBUTE}]`).forEach(look);
  };

  new MutationObserver(
    safely((changes: MutationRecord[]) => {
      for (const { target, addedNodes } of changes) {
        // Of the target only the mark can have changed; anything else is found to be as it was.
        look(target);
        addedNodes.forEach(search);
      }
      moved();
    }),
  ).observe(document, { childList: true, subtree: true, attributeFilter: [ATTRIBUTE] });
  search(document);
};
