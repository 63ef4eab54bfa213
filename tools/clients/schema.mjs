// The types of an OpenAPI document: node tools/clients/schema.mjs DOCUMENT TYPES
import { writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";

const [, , document, types] = process.argv;
const BLOB = ts.factory.createTypeReferenceNode("Blob");
const tree = await openapiTS(pathToFileURL(document), {
  defaultNonNullable: false, // what has a default may be left out of a body
  transform: (schema) => (schema.format === "binary" ? BLOB : undefined),
});
await writeFile(types, astToString(tree));
