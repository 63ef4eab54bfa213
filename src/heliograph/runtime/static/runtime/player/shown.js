/**
 * When a frame shows its page: as soon as that can be read, or, where it is another site's, when it has loaded. A page may load something for as long as it
 * is open, so nobody waits for the end of it where the page can be seen. The player uses this, and the wrapper in embedded packages.
 */

const LOOKS_EVERY = 50; // milliseconds

/** @param {HTMLIFrameElement} frame that was given an address @param {() => void} shown is called once */
export function whenShown(frame, shown) {
  const timer = setInterval(() => look(), LOOKS_EVERY);
  frame.addEventListener("load", () => look(true));
  /** @param {boolean} [loaded] */
  function look(loaded = false) {
    const page = pageOf(frame);
    const here = page ? page.URL !== "about:blank" && page.readyState !== "loading" : loaded;
    if (here || !frame.isConnected) clearInterval(timer);
    if (here) shown();
  }
}

/** Its page; null where it is another site's. @param {HTMLIFrameElement} frame */
function pageOf(frame) {
  try {
    return frame.contentDocument;
  } catch {
    return null;
  }
}
