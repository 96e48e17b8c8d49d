import type { Schemas } from '../api/client';
import { saidOf } from './read-parameters';

type Row = Schemas['PostbackAnswer'];
export type RuleChange = Partial<
  Pick<
    Schemas['OfferSourceAnswer'],
    | 'enabled'
    | 'requireToken'
    | 'allowedIps'
    | 'transitionPolicy'
    | 'duplicateMode'
    | 'retryWindowSeconds'
    | 'clickExpiryDays'
    | 'defaultStatus'
  >
>;

/** What mends a request, the best first. A rule is of its source; with it the request is decided again. */
export type Cure = { kind: 'rule'; of: keyof RuleChange } | { kind: 'copy' | 'word' | 'rate' | 'click' | 'replay' };

const copy: Cure = { kind: 'copy' };
const rule = (of: keyof RuleChange): Cure => ({ kind: 'rule', of });

const REFUSED: Record<string, Cure[]> = {
  missing_cid: [copy],
  unresolved_macro: [copy],
  bad_cid: [copy],
  bad_token: [copy],
  bad_path: [copy],
  too_large: [copy],
  token_required: [rule('requireToken'), copy],
  ip_denied: [rule('allowedIps')],
};

export function curesOf({ result, reason, warnings, query, ip }: Pick<Row, 'result' | 'reason' | 'warnings' | 'query' | 'ip'>): Cure[] {
  switch (result) {
    case 'rejected':
      // Nobody can allow an address that is not known.
      return (REFUSED[reason ?? ''] ?? []).filter((cure) => ip !== null || cure.kind !== 'rule' || cure.of !== 'allowedIps');
    case 'source_disabled':
      return [rule('enabled')];
    case 'source_mismatch':
      return [copy];
    case 'stale_status':
      return [rule('transitionPolicy')];
    case 'duplicate':
      return [rule('duplicateMode')];
    case 'duplicate_request':
      return [rule('retryWindowSeconds')];
    case 'click_expired':
      return [rule('clickExpiryDays')];
    case 'click_not_found':
    case 'waiting_click':
      return [{ kind: 'click' }, copy];
    case 'ignored_status':
      return saidOf(query, 'status') !== null ? [{ kind: 'word' }] : [rule('defaultStatus')];
    case 'failed':
      return [{ kind: 'replay' }];
    default:
      return [
        ...(warnings.includes('unmapped_status') ? [{ kind: 'word' } as const] : []),
        ...(warnings.includes('fx_pending') ? [{ kind: 'rate' } as const] : []),
        ...(warnings.includes('unresolved_macro') ? [copy] : []),
      ];
  }
}

/** Whether deciding it again can make a difference; what was refused at the door has to be sent again. */
export const isReplayable = ({ result, reason, cid }: Pick<Row, 'result' | 'reason' | 'cid'>): boolean =>
  result !== 'rejected' || reason === 'token_required' || (reason === 'ip_denied' && cid !== null);

/** The rule as it would have to be for this request to count. */
export function mended(of: keyof RuleChange, source: Required<RuleChange>, ip: string | null): RuleChange {
  switch (of) {
    case 'enabled':
      return { enabled: true };
    case 'requireToken':
      return { requireToken: false };
    case 'allowedIps':
      return { allowedIps: [...new Set([...source.allowedIps, ...(ip === null ? [] : [ip])])] };
    case 'transitionPolicy':
      return { transitionPolicy: 'latest' };
    case 'duplicateMode':
      return { duplicateMode: 'new' };
    case 'retryWindowSeconds':
      return { retryWindowSeconds: 0 };
    case 'clickExpiryDays':
      return { clickExpiryDays: null };
    case 'defaultStatus':
      return { defaultStatus: 'approved' };
  }
}
