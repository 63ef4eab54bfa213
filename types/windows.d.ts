/** What pages put on their windows. */

/** A standard's API, as a course finds it: methods by their names in the standard. */
type CourseApi = Record<string, (...given: string[]) => string>;

/** What a page of a sample course brings for `demo/courses/lesson.js`. */
interface Lesson {
  standard: "1.2" | "2004";
  screens: { title: string; html: string }[];
  quiz?: { ask: string; answers: string[]; right: number }[];
  /** The share of right answers from which the quiz is passed. */
  pass?: number;
}

interface Window {
  API?: CourseApi;
  API_1484_11?: CourseApi;
  lesson: Lesson;
  /** Of courses that speak in statements: settled when the lesson may begin. */
  lessonReady?: Promise<void>;
  ReferenceLms: ReferenceLms.Shared;
}
