/**
 * Whether the page has just been hidden: on phones the only sign of leaving, and often the last moment of a page. Browsers tell a page before the frames in
 * it, so a course that reports then is heard after everybody around it has saved. The player uses this, and every package.
 */

const HIDING = 3000; // milliseconds: more than a course needs for what it says then

let hiddenAt = -Infinity;
document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && (hiddenAt = performance.now()), true);

export function hiding() {
  return document.visibilityState === "hidden" && performance.now() - hiddenAt < HIDING;
}
