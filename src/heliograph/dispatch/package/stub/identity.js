/**
 * Who the host is told about, as its customer wants it: as the LMS says it, or a hash of the id, or nobody. A browser that cannot hash says nothing.
 * @param {{ salt?: string, anonymous?: boolean }} config @param {string} learner @param {string} name
 */
export async function identity(config, learner, name) {
  if (config.anonymous) return { learner: "", name: "" };
  if (!config.salt || !learner) return { learner, name: config.salt ? "" : name };
  if (!crypto.subtle) return { learner: "", name: "" };
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${config.salt}:${learner.trim()}`));
  return { learner: Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join(""), name: "", hashed: true };
}

/**
 * What the host knows this learner again by, as this browser keeps it: for those whom the LMS hides, and where an LMS began a new attempt and forgot what it
 * kept for us. A learner whom the LMS hides is the last one on a shared computer.
 * @param {string} dispatch @param {string} learner as the host is told @param {string} [value]
 */
export function resumeToken(dispatch, learner, value) {
  const key = `heliograph:keepsake:${dispatch}${learner && `:${learner}`}`;
  try {
    if (value) localStorage.setItem(key, value);
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}
