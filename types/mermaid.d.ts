/** What the documentation's pages use of Mermaid, which their build puts beside `tools/docs/static/diagrams.js`. */

declare const mermaid: {
  initialize(settings: { startOnLoad: boolean; theme: "dark" | "neutral"; securityLevel: "strict" }): void;
  run(what: { nodes: Element[] }): Promise<void>;
};
