/** The texts in each language, by name: the builder writes `texts.js` into a package (`dispatch/branding/texts.py`). */
export const TEXTS: Record<string, Record<string, string>>;
