/**
 * What the prompt is after something was typed while its text was not in the field yet: what came from elsewhere, before or
 * behind what is typed, stays.
 * @param text the prompt. @param before what the field held. @param now what it holds.
 */
export function typedInto(text: string, before: string, now: string): string {
  if (text === before) return now;
  if (text.endsWith(before)) return text.slice(0, text.length - before.length) + now;
  return text.startsWith(before) ? now + text.slice(before.length) : now;
}

/** Whether what the field holds is the prompt's beginning or end, so that it can be typed on. */
export function holdsPart(text: string, field: string): boolean {
  return text.endsWith(field) || text.startsWith(field);
}
