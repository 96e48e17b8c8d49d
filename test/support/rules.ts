import type { Rules } from '../../src/conversions/conversion.js';

/** The rules of a source and an offer that have no settings of their own. */
export const PLAIN_RULES: Rules = {
  duplicateMode: 'update',
  transitionPolicy: 'guarded',
  amountSign: 'absolute',
  retryWindowSeconds: 600,
  clickExpiryDays: null,
  eventMakesConversion: false,
  defaultStatus: 'approved',
  defaultCurrency: null,
  baseCurrency: 'USD',
  payoutMode: 'auto',
  offerPayout: null,
  offerCurrency: null,
};
