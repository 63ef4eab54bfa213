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
