// Judges credentials with a library that has nothing of ours: reads lines of JSON, {document}, and writes for each
// whether it is verified, with the reasons against it. Contexts come from a file; issuers and keys are asked for over
// HTTP at the server that the arguments name, in place of the address that is configured. Nothing else is loaded.
// Usage: node judge.mjs contexts.json https://configured.example http://127.0.0.1:1234
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { DataIntegrityProof } from "@digitalbazaar/data-integrity";
import { cryptosuite } from "@digitalbazaar/eddsa-rdfc-2022-cryptosuite";
import securityContext from "@digitalbazaar/security-context";
import * as vc from "@digitalbazaar/vc";

const [file, configured, server] = process.argv.slice(2);
const contexts = new Map([
  ...Object.entries(JSON.parse(readFileSync(file, "utf8"))),
  ...securityContext.contexts,
]);

async function documentLoader(url) {
  const known = contexts.get(url);
  if (known) return { contextUrl: null, documentUrl: url, document: known };
  if (!url.startsWith(`${configured}/credentials/issuers/`)) throw new Error(`${url} is not for the judge`);
  const response = await fetch(url.replace(configured, server), {
    headers: { Accept: "application/ld+json" },
  });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return { contextUrl: null, documentUrl: url, document: await response.json() };
}

for await (const line of createInterface({ input: process.stdin })) {
  const result = await vc.verifyCredential({
    credential: JSON.parse(line),
    suite: new DataIntegrityProof({ cryptosuite }),
    documentLoader,
    checkStatus: async () => ({ verified: true }), // the tests decode status lists themselves
  });
  const reasons = (result.error?.errors ?? [result.error]).filter(Boolean).map((error) => `${error} ${JSON.stringify(error.details ?? "")}`);
  process.stdout.write(`${JSON.stringify({ verified: result.verified, reasons })}\n`);
}
