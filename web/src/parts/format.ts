/** Figures as people read them. What is not known is `–`, never 0. */
export const NOTHING = '–';

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const plain = new Intl.NumberFormat('en-US', { maximumFractionDigits: 6 });
const percent = new Intl.NumberFormat('en-US', { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 });
/** Of which reports know no more than 6 places. */
const amount = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const small = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 6 });

type Maybe<T> = T | null | undefined;

export const showCount = (value: Maybe<number>): string => (value === null || value === undefined ? NOTHING : whole.format(value));

/** With the places that it has. */
export const showNumber = (value: Maybe<string>): string =>
  value === null || value === undefined ? NOTHING : plain.format(value as `${number}`);

export const showPercent = (value: Maybe<string>): string =>
  value === null || value === undefined ? NOTHING : percent.format(Number(value));

/** `1,250.40 USD`; below a cent with the places that it needs. */
export function showMoney(value: Maybe<string>, currency?: Maybe<string>): string {
  if (value === null || value === undefined) return NOTHING;
  const size = Math.abs(Number(value));
  // The text itself, not the number: amounts have more digits than a number keeps.
  const text = (size !== 0 && size < 0.01 ? small : amount).format(value as `${number}`);
  return currency === null || currency === undefined ? text : `${text} ${currency}`;
}

/** `27 Nov, 14:05:09` on the clock of a zone; of another year than this one with it. */
export function showTime(value: Maybe<string>, zone: string): string {
  if (value === null || value === undefined) return NOTHING;
  const time = new Date(value);
  const year = formatOf('year', zone);
  return formatOf(year.format(time) === year.format(new Date()) ? 'time' : 'timeOfYear', zone).format(time);
}

/** `14:05` on the clock of a zone. */
export const showClock = (value: string, zone: string): string => formatOf('clock', zone).format(new Date(value));

/** `0.00625649 USD`: with as many digits as one compares. */
export const showRate = (value: string, currency: string): string => `${rate.format(Number(value))} ${currency}`;
const rate = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 6 });

/** `27 Nov 2026`, of a day without a clock (`2026-11-27`). */
export const showDate = (day: string): string => showDay(`${day}T00:00:00Z`, 'UTC');

/** `27 Nov 2026` on the calendar of a zone. */
export const showDay = (value: Maybe<string>, zone: string): string =>
  value === null || value === undefined ? NOTHING : formatOf('day', zone).format(new Date(value));

const DAY = { day: 'numeric', month: 'short', year: 'numeric' } as const;
const CLOCK = { hour: '2-digit', minute: '2-digit' } as const;
const SHAPES = {
  day: DAY,
  clock: CLOCK,
  time: { ...DAY, ...CLOCK, year: undefined, second: '2-digit' },
  year: { year: 'numeric' },
  timeOfYear: { ...DAY, ...CLOCK, second: '2-digit' },
} as const;

/** Made once each: lists show a time in every row. */
const formats = new Map<string, Intl.DateTimeFormat>();
function formatOf(shape: keyof typeof SHAPES, zone: string): Intl.DateTimeFormat {
  const name = `${shape} ${zone}`;
  let format = formats.get(name);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, ...SHAPES[shape] });
    formats.set(name, format);
  }
  return format;
}

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });
const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];

/** `3 min. ago`. */
export function showAgo(value: Maybe<string>, now: number = Date.now()): string {
  if (value === null || value === undefined) return NOTHING;
  const seconds = (Date.parse(value) - now) / 1_000;
  const [unit, size] = STEPS.find(([, each]) => Math.abs(seconds) >= each) ?? ['second', 1];
  return relative.format(Math.round(seconds / size), unit);
}
