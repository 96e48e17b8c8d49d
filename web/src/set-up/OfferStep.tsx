import { TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { offerQuery } from '../api/catalog';
import { answered, api, fieldErrors, type Schemas } from '../api/client';
import { queries } from '../api/queries';
import { OfferUrl } from '../offers/OfferUrl';
import { sayError } from '../parts/toast';
import { NextButton, StepFrame } from './SetUp';
import styles from './SetUp.module.css';
import { words } from './strings';

/** The landing page, with the source's parameter joined as one types. */
export function OfferStep(props: {
  source: Schemas['OfferSourceAnswer'];
  stored: Schemas['OfferAnswer'] | null;
  onDone: (offerId: string) => void;
}) {
  const { source, stored, onDone } = props;
  const field = useRef<HTMLTextAreaElement>(null);
  const [draft, setDraft] = useState({
    name: stored?.name ?? '',
    url: stored?.url ?? '',
    payout: stored?.payout ?? '',
    currency: stored?.currency ?? '',
  });
  const [url] = useDebouncedValue(draft.url.trim(), 250);
  const preview = useQuery({
    queryKey: ['offer-preview', { url, offerSourceId: source.id }],
    enabled: url !== '',
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: ({ signal }) => answered(api.POST('/api/v1/offers/preview', { body: { url, offerSourceId: source.id }, signal })),
  });
  const save = useMutation({
    mutationFn: () => {
      const body = {
        name: draft.name.trim(),
        url: draft.url.trim(),
        offerSourceId: source.id,
        payout: draft.payout === '' ? null : draft.payout,
        currency: draft.currency === '' ? null : draft.currency,
      };
      return stored === null
        ? answered(api.POST('/api/v1/offers', { body }))
        : answered(api.PATCH('/api/v1/offers/{id}', { params: { path: { id: stored.id } }, body }));
    },
    onSuccess: (offer) => {
      queries.setQueryData(offerQuery(offer.id).queryKey, offer);
      void queries.invalidateQueries({ queryKey: ['offers', 'list'] });
      onDone(offer.id);
    },
    onError: (error) => {
      if (Object.keys(fieldErrors(error)).length === 0) sayError(error);
    },
  });
  const errors = fieldErrors(save.error);
  return (
    <StepFrame title={words.offerTitle} hint={words.offerHint} next={<NextButton form="set-up" busy={save.isPending} />}>
      <form
        id="set-up"
        className={styles.fields}
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <TextInput
          label={words.offerName}
          required
          autoFocus
          maxLength={200}
          value={draft.name}
          error={errors.name}
          onChange={(event) => setDraft({ ...draft, name: event.currentTarget.value })}
        />
        <OfferUrl
          field={field}
          url={draft.url}
          onChange={(next) => setDraft({ ...draft, url: next })}
          source={source}
          error={errors.url}
          readOnly={false}
        />
        <div>
          <div className={styles.label}>{words.expanded}</div>
          <code className={styles.code} aria-live="polite">
            {url === '' ? <span className={styles.none}>{words.noPreview}</span> : preview.data?.url}
          </code>
        </div>
        <div className={styles.pair}>
          <TextInput
            label={words.payout}
            inputMode="decimal"
            value={draft.payout}
            error={errors.payout}
            onChange={(event) => setDraft({ ...draft, payout: event.currentTarget.value.trim().replace(',', '.') })}
          />
          <TextInput
            label={words.currency}
            placeholder={source.defaultCurrency ?? ''}
            maxLength={10}
            value={draft.currency}
            error={errors.currency}
            onChange={(event) => setDraft({ ...draft, currency: event.currentTarget.value.trim().toUpperCase() })}
          />
        </div>
      </form>
    </StepFrame>
  );
}
