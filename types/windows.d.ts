/** What pages put on their windows. */

/** A standard's API, as a course finds it: methods by their names in the standard. */
type CourseApi = Record<string, (...given: string[]) => string>;

interface Window {
  API?: CourseApi;
  API_1484_11?: CourseApi;
}
