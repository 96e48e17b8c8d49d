import type { Figures } from '../api/catalog';
import { NOTHING, showCount, showMoney, showNumber, showPercent } from './format';

export type FigureId = keyof Figures;

export interface Figure {
  id: FigureId;
  title: string;
  kind: 'count' | 'percent' | 'money' | 'number';
  /** Shown only when chosen. */
  extra?: true;
  hint?: string;
}

const EVENTS = Array.from({ length: 30 }, (_, i) => i + 1);

/** The figures that reports and the overview show, in their usual order. */
export const FIGURES: readonly Figure[] = [
  { id: 'clicks', title: 'Clicks', kind: 'count' },
  { id: 'uniqueClicks', title: 'Unique', kind: 'count', extra: true, hint: 'First of their visitor on their UTC day' },
  { id: 'bots', title: 'Bots', kind: 'count', extra: true },
  { id: 'conversions', title: 'Conversions', kind: 'count', hint: 'All but ignored ones' },
  { id: 'approved', title: 'Approved', kind: 'count' },
  { id: 'pending', title: 'Pending', kind: 'count', extra: true },
  { id: 'rejected', title: 'Rejected', kind: 'count', extra: true },
  { id: 'trash', title: 'Trash', kind: 'count', extra: true },
  { id: 'reversed', title: 'Reversed', kind: 'count', extra: true },
  { id: 'unmapped', title: 'Unmapped', kind: 'count', extra: true },
  { id: 'upsells', title: 'Upsells', kind: 'count', extra: true, hint: 'Conversions of clicks that already had one' },
  { id: 'cr', title: 'CR', kind: 'percent', hint: 'Conversions without upsells per click' },
  { id: 'approvalRate', title: 'Approval', kind: 'percent', hint: 'Approved of those decided' },
  { id: 'revenue', title: 'Revenue', kind: 'money', hint: 'Approved, less what was partly taken back' },
  { id: 'revenueHold', title: 'Hold', kind: 'money', hint: 'Pending and unmapped' },
  { id: 'revenueReversed', title: 'Taken back', kind: 'money', extra: true, hint: 'Reversed, wholly and partly' },
  { id: 'cost', title: 'Cost', kind: 'money' },
  { id: 'profit', title: 'Profit', kind: 'money', hint: 'Revenue less cost' },
  { id: 'roi', title: 'ROI', kind: 'percent', hint: 'Profit per cost' },
  { id: 'epc', title: 'EPC', kind: 'money', hint: 'Revenue per click' },
  { id: 'cpc', title: 'CPC', kind: 'money', extra: true, hint: 'Cost per click' },
  { id: 'cpa', title: 'CPA', kind: 'money', extra: true, hint: 'Cost per approved conversion' },
  { id: 'averagePayout', title: 'Average payout', kind: 'money', extra: true, hint: 'Revenue per approved conversion' },
];

/** What networks report beside the sale: reports add them up only when asked for them. */
export const EVENT_FIGURES: readonly Figure[] = EVENTS.flatMap((n): Figure[] => [
  { id: `event${n}` as FigureId, title: `Event ${n}`, kind: 'number', extra: true, hint: 'Sum over all conversions' },
  { id: `event${n}Count` as FigureId, title: `Event ${n}, count`, kind: 'count', extra: true, hint: 'Conversions where it is above 0' },
]);

export const figureOf = (id: string): Figure | undefined => [...FIGURES, ...EVENT_FIGURES].find((each) => each.id === id);

export function showFigure({ kind }: Figure, value: string | number | null | undefined, currency?: string): string {
  if (value === null || value === undefined) return NOTHING;
  if (kind === 'count') return showCount(Number(value));
  if (kind === 'number') return showNumber(String(value));
  return kind === 'percent' ? showPercent(String(value)) : showMoney(String(value), currency);
}

const percentTick = new Intl.NumberFormat('en-US', { style: 'percent', maximumFractionDigits: 1 });
const tick = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });
/** On the scale of a chart, where there is room for `16K`. */
export const showTick = ({ kind }: Figure, value: number): string => (kind === 'percent' ? percentTick.format(value) : tick.format(value));

/** `+12%` against the period before; null where there is nothing to compare with. */
export function changeOf(now: string | number | null | undefined, before: string | number | null | undefined): number | null {
  if (now === null || now === undefined || before === null || before === undefined || Number(before) === 0) return null;
  return (Number(now) - Number(before)) / Math.abs(Number(before));
}

const change = new Intl.NumberFormat('en-US', { style: 'percent', maximumFractionDigits: 0, signDisplay: 'exceptZero' });
export const showChange = (value: number | null): string => (value === null ? '' : value > 9.99 ? '>+999%' : change.format(value));
