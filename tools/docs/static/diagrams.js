// Draws the diagrams of a page, in the colors of the theme, again whenever the reader changes it.

const diagrams = new Map([...document.querySelectorAll("pre.mermaid")].map((place) => [place, place.textContent]));

async function draw() {
  const dark = document.documentElement.dataset.theme === "dark";
  mermaid.initialize({ startOnLoad: false, theme: dark ? "dark" : "neutral", securityLevel: "strict" });
  for (const [place, text] of diagrams) {
    place.removeAttribute("data-processed");
    place.textContent = text;
  }
  await mermaid.run({ nodes: [...diagrams.keys()] });
}

void draw();
new MutationObserver(() => void draw()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
