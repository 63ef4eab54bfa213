/** A standard's table, as `runtime/static/runtime/cmi/*.json` hold it. `runtime/cmi/README.md` says what each key means. */

export interface TableContent {
  standard: "scorm_12" | "scorm_2004";
  /** The standard, and the documents that the table follows: for people. */
  title: string;
  source: string;
  version: string;
  longest_element: number;
  api: Record<Method, MethodRules> & { commit: { failed: number }; argument: number };
  /** The standard's names of its error codes. */
  errors: Record<string, string>;
  failures: Record<string, { error: number; text: string }>;
  collections: Record<string, CollectionSpec>;
  records: string[];
  elements: Record<string, ElementSpec>;
  types: Record<string, WrittenType>;
  interactions: Record<string, InteractionSpec>;
  /** Codes of languages, several in a line with blanks between them. */
  languages: string[];
}

export type Method =
  | "initialize"
  | "terminate"
  | "getValue"
  | "setValue"
  | "commit"
  | "getLastError"
  | "getErrorString"
  | "getDiagnostic";

/** A method's name in the standard, and the error code of a call that comes in the wrong state, or fails. */
export interface MethodRules {
  method: string;
  created?: number;
  running?: number;
  terminated?: number;
  failed?: number;
}

export interface CollectionSpec {
  max: number;
  owner?: "lms";
  children?: false;
  strict?: Partial<CollectionSpec>;
}

export interface ElementSpec {
  type: string;
  access: "r" | "w" | "rw";
  default?: string;
  needs?: string[];
  unique?: boolean;
  fixed?: boolean;
  session?: boolean;
  by?: string;
  judged?: { value: string; threshold: string; reached: string; missed: string };
  granted?: string;
  asks?: string;
  blank_is_unset?: boolean;
}

export interface InteractionSpec {
  response?: string;
  pattern?: string;
  patterns?: number;
  distinct?: boolean;
  strict?: Partial<InteractionSpec>;
}

/** The kinds of types, each with a judge of its name in `values.js`. */
export interface Kinds {
  text: { max: number; without?: string[] };
  localized: { max: number };
  language: { blank?: boolean };
  number: { format: string; blank?: boolean; least?: number; most?: number };
  words: { words: string[] };
  format: { format: string; max: number };
  either: { of: string[] };
  list: { of: string; max: number; distinct?: boolean; blank?: boolean };
  pair: { of: string[] };
  range: { of: string };
  options: { of: string; options: string[] };
}

type Kind = keyof Kinds;

/** A type as a table writes it: without what it takes over from the type in `like`, and without `expected` where it is only a part of others. */
export type WrittenType =
  | ByInteraction
  | { [Name in Kind]: Partial<Kinds[Name]> & { kind: Name; expected?: string; like?: string; strict?: object } }[Kind];

/** A type with all that it says. */
export type TypeSpec = JudgedSpec | ByInteraction;
export type JudgedSpec = { [Name in Kind]: Kinds[Name] & { kind: Name; expected: string } }[Kind];
/** A response or a pattern, judged as the type of the interaction says. */
interface ByInteraction {
  kind: "by_interaction";
  part: "response" | "pattern";
  otherwise: string;
  max?: number;
  expected: string;
  like?: undefined;
  strict?: undefined;
}
