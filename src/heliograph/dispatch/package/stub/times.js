/** Lengths of time as the two standards write them. Pure functions. */

/** SCORM 1.2 CMITimespan. @param {number} centiseconds */
export function timespan(centiseconds) {
  const { hours, minutes, seconds, rest } = parts(centiseconds);
  return `${pad(Math.min(hours, 9999), 4)}:${pad(minutes, 2)}:${pad(seconds, 2)}.${pad(rest, 2)}`;
}

/** SCORM 2004 timeinterval (second,10,2). @param {number} centiseconds */
export function interval(centiseconds) {
  const { hours, minutes, seconds, rest } = parts(centiseconds);
  return `PT${hours}H${minutes}M${seconds}${rest ? `.${pad(rest, 2)}` : ""}S`;
}

/** @param {number} centiseconds */
function parts(centiseconds) {
  const whole = Math.max(0, Math.round(centiseconds));
  const all = Math.floor(whole / 100);
  return { hours: Math.floor(all / 3600), minutes: Math.floor(all / 60) % 60, seconds: all % 60, rest: whole % 100 };
}

/** @param {number} value @param {number} width */
function pad(value, width) {
  return String(value).padStart(width, "0");
}

/** A CMITimespan or a timeinterval(second,10,2), in centiseconds; null where it is neither. @param {string} text */
export function centiseconds(text) {
  const span = /^(\d{2,4}):(\d{2}):(\d{2}(?:\.\d{1,2})?)$/.exec(text);
  if (span) return Math.round((Number(span[1]) * 3600 + Number(span[2]) * 60 + Number(span[3])) * 100);
  const interval = /^P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,2})?)S)?)?$/.exec(text);
  if (!interval) return null;
  const [years, months, days, hours, minutes, seconds] = interval.slice(1).map((part) => Number(part ?? 0));
  const wholeDays = years * 365 + months * 30 + days;
  return Math.round((wholeDays * 86_400 + hours * 3600 + minutes * 60 + seconds) * 100);
}
