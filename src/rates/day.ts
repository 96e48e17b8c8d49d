/** Whether a text is a day of the calendar `YYYY-MM-DD`, not after `today`. */
export function isDay(text: string, today: string): boolean {
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(at) && new Date(at).toISOString().slice(0, 10) === text && text <= today;
}
