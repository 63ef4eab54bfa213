/** What this browser remembers of how pages are shown: nothing about anybody, and nothing that opens a door. */

const YEAR = 31_536_000;

/** @param {string} name @param {string} value letters, digits, dots, dashes and underscores */
export function remember(name, value) {
  document.cookie = `${name}=${value}; path=/; max-age=${YEAR}; samesite=lax`;
}
