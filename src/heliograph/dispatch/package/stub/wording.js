/**
 * What the package's own pages say: the catalog's texts in the learner's language, with the destination's own texts over them.
 * `texts.js` is written by the builder, from the catalog in runtime/languages.
 */

import { TEXTS } from "./texts.js";

/**
 * @typedef {{ name?: string, logo?: string, look?: Record<string, string>, language?: string, texts?: Record<string, Record<string, string>>,
 *   contact?: { email?: string, phone?: string, url?: string } }} Brand
 */
/** @typedef {Record<string, Record<string, string>>} Catalog */

export const config = JSON.parse(document.getElementById("heliograph")?.textContent ?? "{}");
export const brand = /** @type {Brand} */ (config.brand ?? {});

const catalog = /** @type {Catalog} */ (TEXTS);
const own = brand.texts ?? {};
let language = "";
prefer(navigator.languages);

/**
 * The text of that name, with `values` in its places; "" where there is none, or where a value for it is missing.
 * @param {string} name @param {Record<string, unknown>} [values]
 */
export function text(name, values = {}) {
  const text = own[language]?.[name] ?? catalog[language]?.[name] ?? own.en?.[name] ?? catalog.en?.[name] ?? "";
  const places = [...text.matchAll(/\{(\w+)\}/g)].map(([, place]) => place);
  if (places.some((place) => values[place] === undefined)) return "";
  return text.replace(/\{(\w+)\}/g, (_, place) => String(values[place]));
}

/** Speak the first of these languages that there are texts in, unless the destination chose one. @param {readonly string[]} languages tags of languages */
export function prefer(languages) {
  language = brand.language ?? firstSpoken(languages) ?? (language || "en");
  document.documentElement.lang = language;
}

/** @param {readonly string[]} languages */
function firstSpoken(languages) {
  const tags = languages.map((tag) => tag.trim().toLowerCase()).flatMap((tag) => [tag, tag.split("-")[0]]);
  return tags.find((tag) => tag in own || tag in catalog);
}
