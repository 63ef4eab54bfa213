/** One message as a package would show it, for the page on which its look is chosen. It is in no package. */

import { loading } from "./loading.js";
import { refuse, say } from "./messages.js";
import { config, text } from "./wording.js";

const shown = { code: config.message, onward: () => {} };
if (config.message === "loading") loading();
else if (text(`${config.message}.title`)) say(config.message, shown);
else refuse({ title: "", detail: "", days: 30, ...shown }, shown.onward);
