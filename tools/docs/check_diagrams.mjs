// Reads diagrams as JSON ([[where, text], …]) from standard input, and says which of them Mermaid cannot read.
// node check_diagrams.mjs FOLDER, where FOLDER holds the published package of Mermaid.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

// Flowcharts are cleaned while they are read, by a library that wants a page. What it asks for is enough to be loaded; nothing is drawn.
class Nothing {}
for (const name of ["cloneNode", "nextSibling", "childNodes", "parentNode"]) Object.defineProperty(Nothing.prototype, name, { value() {} });
const template = { content: { ownerDocument: null } };
const page = {
  nodeType: 9,
  implementation: { createHTMLDocument() {} },
  createElement: () => template,
  createNodeIterator() {},
  createDocumentFragment() {},
  getElementsByTagName() {},
  importNode() {},
};
const names = ["Element", "Node", "NamedNodeMap", "HTMLTemplateElement", "HTMLFormElement", "DocumentFragment", "DOMParser"];
globalThis.window = { ...Object.fromEntries(names.map((name) => [name, Nothing])), document: page, NodeFilter: {} };

const { default: mermaid } = await import(pathToFileURL(resolve(process.argv[2], "mermaid.esm.min.mjs")));
let wrong = 0;
for (const [where, text] of JSON.parse(readFileSync(0, "utf-8"))) {
  try {
    await mermaid.parse(text);
  } catch (reason) {
    wrong += 1;
    console.error(`${where}: ${String(reason).split("\n").slice(0, 4).join("\n  ")}`);
  }
}
process.exit(wrong ? 1 : 0);
