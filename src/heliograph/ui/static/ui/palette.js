/** The search of the top bar: Ctrl or ⌘ and K opens it, arrows go through what it finds, Enter opens it. */

const palette = /** @type {HTMLDialogElement | null} */ (document.getElementById("palette"));
const field = palette?.querySelector("input");

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || !palette || palette.open) return;
  event.preventDefault();
  palette.showModal();
});

palette?.addEventListener("keydown", (event) => {
  const links = [...palette.querySelectorAll("a")];
  const here = links.indexOf(/** @type {HTMLAnchorElement} */ (document.activeElement));
  if (event.key === "Enter" && document.activeElement === field) {
    event.preventDefault();
    links[0]?.click();
  }
  if (event.key === "Escape") palette.close(); // a search field would only empty itself
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  event.preventDefault();
  const next = here + (event.key === "ArrowDown" ? 1 : -1);
  (links[next] ?? (next < 0 ? field : links[0]))?.focus();
});

// Its shade closes it.
palette?.addEventListener("click", (event) => event.target === palette && palette.close());
