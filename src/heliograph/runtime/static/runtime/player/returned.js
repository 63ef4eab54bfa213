/**
 * Where a lesson leads when it is over (cmi5's returnURL): tells the player, which is around this page or opened it, on this origin and no other.
 */

const session = decodeURIComponent(location.hash.slice(1));
const around = new Set([window.opener, window.parent, window.top]);
for (let place = /** @type {Window} */ (window); place.parent !== place; place = place.parent) around.add(place.parent);
for (const other of around) {
  if (other && other !== window) other.postMessage({ heliograph: "returned", session }, location.origin);
}
if (window.opener && window.parent === window) window.close();
