import { oneOf, type RawSearch, textOf } from '../search';

export const KINDS = ['conversions', 'statement', 'clicks', 'rates'] as const;
export type Kind = (typeof KINDS)[number];
export const FORMATS = ['csv', 'keitaro', 'binom'] as const;
export type Format = (typeof FORMATS)[number];
export const DIFFERENCES = ['missing', 'extra', 'differentStatus', 'differentAmount'] as const;
export type DifferenceKind = (typeof DIFFERENCES)[number];

/** What the file is of and how it is to be read; the file itself stays with the browser. */
export interface ImportsSearch {
  /** Absent: conversions. */
  kind?: Kind;
  format?: Format;
  offerSourceId?: string;
  offerId?: string;
  encoding?: string;
  dateFormat?: string;
  /** Which differences of a statement are shown. */
  differences?: DifferenceKind;
}

export const importsSearch = (raw: RawSearch): ImportsSearch => ({
  kind: oneOf(KINDS, raw.kind),
  format: oneOf(FORMATS, raw.format),
  offerSourceId: textOf(raw.offerSourceId),
  offerId: textOf(raw.offerId),
  encoding: textOf(raw.encoding),
  dateFormat: textOf(raw.dateFormat),
  differences: oneOf(DIFFERENCES, raw.differences),
});
