/** What the reference LMS's scripts share. They import nothing, so these names are global. */

declare namespace ReferenceLms {
  /** `window.ReferenceLms`: each script adds its part, in the order in which a page loads them. */
  interface Shared {
    // checks.js
    Refusal: new (code: number, why: string) => Refusal;
    wrong: (why: string) => Fault;
    outside: (why: string) => Fault;
    length: (value: string) => number;
    text: (limit: number) => Check;
    pattern: (expression: RegExp, why: string) => Check;
    oneOf: (...words: string[]) => Check;
    decimal: (low?: number, high?: number) => Check;
    whole: (low: number, high: number) => Check;
    orBlank: (check: Check) => Check;
    parse: (name: string) => { generic: string; indices: number[] };
    collections: (name: string) => [string, number][];
    count: (values: Map<string, string>, collection: string) => number;
    // responses2004.js
    localized: (limit: number, allowed?: string[]) => Check;
    URI: RegExp;
    RESPONSES: Record<string, Responses>;
    // scorm12.js or scorm2004.js
    Model: new (given: Record<string, string>, stored: Record<string, string>) => Model;
    standard: Standard;
    // quirks.js
    beforeStoring: (model: Model, standard: Standard, chosen: Quirks) => void;
    withQuirks: (model: Model, standard: Standard, chosen: Quirks) => (name: string, value: string) => void;
    // session.js
    Session: new (launch: Launch) => Session;
  }

  /** What the LMS says no to: an error code of the standard, and a sentence for GetDiagnostic. */
  interface Refusal extends Error {
    code: string;
  }

  /** What is wrong with a value: `why` ends the sentence "The value …". */
  interface Fault {
    kind: "type" | "range";
    why: string;
  }

  type Check = (value: string) => Fault | null;

  /** How the responses to a type of interaction look, and their correct patterns, of which there are `most`. */
  interface Responses {
    response: Check;
    pattern: Check;
    most?: number;
    distinct?: boolean;
  }

  /** A data model with the values of one attempt. `get`, `set` and `finish` throw a Refusal. */
  interface Model {
    values: Map<string, string>;
    get(name: string): string;
    set(name: string, value: string): void;
    finish(): void;
    elements(): Record<string, string>;
  }

  interface Standard {
    name: string;
    api: "API" | "API_1484_11";
    methods: Record<"initialize" | "finish" | "get" | "set" | "commit" | "lastError" | "errorString" | "diagnostic", string>;
    statuses: string[];
    suspendData: string;
    wrongValue: number;
    readOnly: number;
    codes: Record<"argument" | "emptyGet" | "emptySet" | "commitFailed" | "finishFailed" | "startedAlready" | "startAfterEnd", number> &
      Record<"before" | "after", Record<"finish" | "get" | "set" | "commit", number>>;
    errors: Lookup<string>;
  }

  /** A table without a prototype, so that no name finds what objects have by themselves; null stands for that prototype. */
  type Lookup<Line> = Record<string, Line | null>;

  /** The chosen quirks by name, each with its number; `quirks.py` lists them. */
  type Quirks = Record<string, number>;

  /** What the server writes into the page in which a course plays. */
  interface Launch {
    launch: string;
    given: Record<string, string>;
    stored: Record<string, string>;
    quirks: Quirks;
    content: string;
    items: { identifier: string; url: string }[];
    position: number;
  }

  /** One line of the record of calls. */
  interface Call {
    n: number;
    at: string;
    method: string;
    arguments: string[];
    result: string;
    error: string;
    why: string;
  }

  interface Session {
    model: Model;
    state: "before" | "running" | "after";
    calls: number;
    onchange: (method: string, error: string) => void;
    api(): CourseApi;
    hangUp(): void;
  }
}
