import { oneOf, type RawSearch, textOf } from '../search';

export const STEPS = ['network', 'offer', 'links', 'test'] as const;
export type Step = (typeof STEPS)[number];

/** Where the path was left: it is taken up there again. */
export interface SetUpSearch {
  step?: Step;
  source?: string;
  offer?: string;
}

export const setUpSearch = (raw: RawSearch): SetUpSearch => ({
  step: oneOf(STEPS, raw.step),
  source: textOf(raw.source),
  offer: textOf(raw.offer),
});
