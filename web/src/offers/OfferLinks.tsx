import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDebouncedValue } from '@mantine/hooks';
import { mergeRows, postbackUrl } from '../../../src/offer-sources/postback-url';
import { answered, api, ApiProblem, type Schemas } from '../api/client';
import { CopyLine } from '../parts/Copy';
import { Section } from '../parts/Form';
import { Lit } from '../parts/Macros';
import { networkMacros } from '../parts/macro-spans';
import { Unreachable } from '../parts/Unreachable';
import { useMay } from '../session';
import type { OfferDraft } from './Offer';
import styles from './OfferLinks.module.css';
import { words } from './strings';

/** What comes of the form as it stands: the URL expanded, and the two links to copy. */
export function OfferLinks(props: {
  draft: OfferDraft;
  stored: Schemas['OfferAnswer'] | null;
  source: Schemas['OfferSourceAnswer'] | null;
}) {
  const { draft, stored, source } = props;
  const maySeeTokens = useMay('write');
  const [wanted] = useDebouncedValue({ url: draft.url.trim(), offerSourceId: draft.offerSourceId }, 250);
  const preview = useQuery({
    queryKey: ['offer-preview', wanted],
    enabled: wanted.url !== '',
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: ({ signal }) => answered(api.POST('/api/v1/offers/preview', { body: wanted, signal })),
  });
  const problem =
    preview.error instanceof ApiProblem ? (preview.error.errors[0]?.message ?? preview.error.message) : preview.error?.message;

  // The source's own URL, or that of this offer without a source, is where the token stands.
  const like = source === null ? (stored?.offerSourceId === null ? stored.postbackUrl : null) : source.postbackUrl;
  const rows = mergeRows(source?.linkBuilder ?? {}, draft.linkBuilder);
  const text = postbackUrl(like?.split('?')[0] ?? `${window.location.origin}/postback/…`, rows);

  return (
    <Section title={words.links}>
      <div>
        <div className={styles.label}>{words.expanded}</div>
        <div className={styles.expanded} aria-live="polite" data-waiting={preview.isFetching}>
          {wanted.url === '' ? (
            <span className={styles.none}>{words.noPreview}</span>
          ) : problem === undefined ? (
            preview.data?.url
          ) : (
            <span className={styles.none}>{problem}</span>
          )}
        </div>
        <div className={styles.hint}>{words.expandedHint}</div>
      </div>
      <Unreachable url={stored?.trackingUrl} />
      <div>
        <div className={styles.label}>{words.tracking}</div>
        {stored === null ? (
          <div className={styles.hint}>{words.trackingNew}</div>
        ) : (
          <>
            <CopyLine text={stored.trackingUrl} what={words.tracking} primary />
            <div className={styles.hint}>{words.trackingHint}</div>
          </>
        )}
      </div>
      <div>
        <div className={styles.label}>{words.postback}</div>
        {!maySeeTokens ? (
          <div className={styles.hint}>{words.postbackHidden}</div>
        ) : like === null || like === undefined ? (
          <>
            <code className={styles.expanded}>
              <Lit text={text} spans={networkMacros(text)} />
            </code>
            <div className={styles.hint}>{words.postbackNew}</div>
          </>
        ) : (
          <>
            <CopyLine text={text} what={words.postback} spans={networkMacros(text)} />
            <div className={styles.hint}>{words.postbackHint}</div>
          </>
        )}
      </div>
    </Section>
  );
}
