/** Who helps a learner: the seller's mail address, phone number and help page. The player uses this, and every package. */

/** @typedef {{ email?: string, phone?: string, url?: string }} Contact */

/**
 * @param {Contact | undefined} contact @param {(name: string) => string} text the catalog's text of a name @param {string[]} about what a mail is about
 * @returns {HTMLElement[]} nothing where nobody is named
 */
export function contactOf(contact, text, about) {
  const { email, phone, url } = contact ?? {};
  const subject = encodeURIComponent(about.filter(Boolean).join(" – "));
  const list = document.createElement("dl");
  if (email) list.append(way(text("contact.email"), `mailto:${email}?subject=${subject}`, email));
  if (phone) list.append(way(text("contact.phone"), `tel:${phone.replace(/[^+\d]/g, "")}`, phone));
  if (url) list.append(way(text("contact.url"), url, url.replace(/^https?:\/\//, "")));
  if (!list.children.length) return [];
  const made = document.createElement("div");
  made.className = "contact";
  const help = document.createElement("strong");
  help.textContent = text("contact.title");
  made.append(help, list);
  return [made];
}

/** @param {string} label @param {string} address @param {string} shown */
function way(label, address, shown) {
  const [row, term, value, link] = ["div", "dt", "dd", "a"].map((name) => document.createElement(name));
  term.textContent = label;
  link.textContent = shown;
  link.setAttribute("href", address);
  if (/^https?:/.test(address)) Object.assign(link, { target: "_blank", rel: "noopener" });
  value.append(link);
  row.append(term, value);
  return row;
}
