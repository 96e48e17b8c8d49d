import { ROWS } from '../../../src/offer-sources/postback-url';
import type { StatusMeaning } from '../../../src/offer-sources/vocabulary';
import type { Schemas } from '../api/client';

/** A source as the form holds it. */
export type SourceDraft = Required<Omit<Schemas['CreateOfferSource'], 'statusMap'>> & { statusMap: Record<string, StatusMeaning> };

const DEFAULTS: SourceDraft = {
  name: '',
  template: 'custom',
  cidParameter: '',
  offerUrlTemplate: '{url}?{cidParameter}={clickid}',
  linkBuilder: { cid: '', payout: '', status: '', txid: '', currency: '' },
  statusMap: {},
  defaultStatus: 'approved',
  defaultCurrency: null,
  duplicateMode: 'update',
  retryWindowSeconds: 600,
  transitionPolicy: 'guarded',
  amountSign: 'absolute',
  clickExpiryDays: null,
  eventMakesConversion: false,
  allowedIps: [],
  requireToken: true,
  successBody: null,
  parameterAliases: {},
  legacyEncoding: null,
  enabled: true,
};

/** All that is known of the network, filled in. */
export function draftFrom(network: Schemas['NetworkAnswer'] | null, name: string): SourceDraft {
  if (network === null) return { ...DEFAULTS, name };
  return { ...DEFAULTS, ...templateFields(network), name };
}

/** What a template says, and nothing else of a source. */
export const templateFields = (network: Schemas['NetworkAnswer']): Partial<SourceDraft> => ({
  template: network.key,
  cidParameter: network.cidParameter,
  offerUrlTemplate: network.offerUrlTemplate,
  linkBuilder: network.linkBuilder as Record<string, string>,
  statusMap: network.statusMap as SourceDraft['statusMap'],
  defaultStatus: network.defaultStatus,
  defaultCurrency: network.defaultCurrency,
  amountSign: network.amountSign,
  successBody: network.answer,
});

export const draftOf = (source: Schemas['OfferSourceAnswer']): SourceDraft => ({
  name: source.name,
  template: source.template,
  cidParameter: source.cidParameter,
  offerUrlTemplate: source.offerUrlTemplate,
  linkBuilder: source.linkBuilder as Record<string, string>,
  statusMap: source.statusMap as SourceDraft['statusMap'],
  defaultStatus: source.defaultStatus,
  defaultCurrency: source.defaultCurrency,
  duplicateMode: source.duplicateMode,
  retryWindowSeconds: source.retryWindowSeconds,
  transitionPolicy: source.transitionPolicy,
  amountSign: source.amountSign,
  clickExpiryDays: source.clickExpiryDays,
  eventMakesConversion: source.eventMakesConversion,
  allowedIps: source.allowedIps,
  requireToken: source.requireToken,
  successBody: source.successBody,
  parameterAliases: source.parameterAliases as Record<string, string>,
  legacyEncoding: source.legacyEncoding,
  enabled: source.enabled,
});

/** As it is sent: rows that were added and left empty say nothing, but for one that takes the template's out. */
export const bodyOf = (draft: SourceDraft): SourceDraft => ({
  ...draft,
  name: draft.name.trim(),
  linkBuilder: Object.fromEntries(ROWS.flatMap((row) => (draft.linkBuilder[row] === undefined ? [] : [[row, draft.linkBuilder[row]]]))),
});
