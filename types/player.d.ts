/** What the host and the player say to each other: `docs/protocols/commit.md` describes it, `runtime/sessions.py` and `runtime/commits.py` write it. */

import type { Judging, Outcome } from "../src/heliograph/runtime/static/runtime/cmi/outcome.js";

/** An id; that it is not empty tells what has one from what has none. */
export type Uuid = `${string}-${string}-${string}-${string}-${string}`;

/** What the player's page knows. */
export interface Boot {
  registration: string;
  session: string;
  mode: string;
  /** The folder of the standards' tables. */
  tables: string;
  /** What the page says, in the learner's language, by the catalog's names. */
  texts: Record<string, string>;
  contact: Contact;
}

/** Who helps a learner. */
export interface Contact {
  email?: string;
  phone?: string;
  url?: string;
}

/** What the learner's LMS is told, by the host. */
export interface Relay extends Outcome {
  session_centiseconds: number;
  location: string | null;
}

/** What the learner's LMS is told, by the player. `running`: its time goes on by the clock. */
export interface Standing extends Relay {
  running: boolean;
}

export interface NavigationEvent {
  kind: string;
  target?: string | null;
}

/** How far the learner has come, and what may be asked next. */
export interface Progress {
  valid: { continue: boolean; previous: boolean; choice: string[] };
  /** Completion and success of each activity that was begun, by its identifier. */
  activities: Record<string, [string, string]>;
  relay: Relay;
  watched: boolean;
  /** Elements that the host refused, with the error codes. */
  rejected?: [string, number][];
}

/** What follows from navigation; at most one of `delivery`, `menu` and `ended`. */
export interface Step extends Progress {
  delivery?: Delivery | LessonDelivery | null;
  menu: boolean;
  ended?: boolean;
  refusal: string | null;
}

export interface Acknowledgment extends Step {
  sequence: number;
  /** A new commit token, where the old one is half spent. */
  token?: string;
}

/** Asked about a lesson that speaks to the record store itself. `open`: it has not said its last word. */
export interface LessonProgress extends Step {
  open: boolean;
}

export interface Opened extends Step {
  launch: string;
  token: string;
  mode: string;
  course: { title: string; strict: boolean; activities: number };
  contents: ContentsEntry[];
  exit: string;
}

export interface ContentsEntry {
  identifier: string;
  title: string;
  visible: boolean;
  deliverable: boolean;
  objectives: string[];
  children: ContentsEntry[];
}

/** An activity that gets an API; where the manifest speaks of both standards, it gets both. */
export type Delivery = OneDelivery & ({ other_table: null; other_seed: null } | { other_table: string; other_seed: Record<string, string> });

interface OneDelivery {
  activity: string;
  title: string;
  url: string;
  table: string;
  data: Record<string, string>;
  seed: Record<string, string>;
  judging: Judging | null;
  session?: undefined;
}

/** A lesson that speaks to the record store itself. */
export interface LessonDelivery {
  activity: string;
  title: string;
  url: string;
  session: Uuid;
  /** It wants a window of its own. */
  window: boolean;
}

/** A problem document (RFC 9457). */
export interface Problem {
  code: string;
  title: string;
  status: number;
  detail: string;
  /** What the server's log has this occurrence under. */
  reference?: string;
  [field: string]: unknown;
}
