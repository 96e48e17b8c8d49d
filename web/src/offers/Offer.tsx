import { Button, Select, TagsInput, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { IconArrowLeft } from '@tabler/icons-react';
import { useRef } from 'react';
import { ROWS } from '../../../src/offer-sources/postback-url';
import { offerQuery, useSources } from '../api/catalog';
import { answered, api, ApiProblem, fieldErrors, type Schemas } from '../api/client';
import { queries } from '../api/queries';
import { Closed } from '../parts/Closed';
import { CopyButton } from '../parts/Copy';
import { Form, Section } from '../parts/Form';
import { LinkBuilder } from '../parts/LinkBuilder';
import { AnchorLink } from '../parts/links';
import { Page } from '../parts/Page';
import { words as shared } from '../parts/strings';
import { say, sayUnlessShown, sayWarning } from '../parts/toast';
import { Unread } from '../parts/Unread';
import { useDraft } from '../parts/useDraft';
import { useMay } from '../session';
import { OfferUrl } from './OfferUrl';
import { OfferLinks } from './OfferLinks';
import { words } from './strings';

type Stored = Schemas['OfferAnswer'];
export type OfferDraft = Required<Schemas['CreateOffer']>;

const NEW: OfferDraft = {
  name: '',
  url: '',
  offerSourceId: null,
  linkBuilder: {},
  payoutMode: 'auto',
  payout: null,
  currency: null,
  country: null,
  tags: [],
  status: 'active',
  duplicateMode: null,
  fallbackUrl: null,
};

const draftOf = (offer: Stored): OfferDraft => ({
  name: offer.name,
  url: offer.url,
  offerSourceId: offer.offerSourceId,
  linkBuilder: offer.linkBuilder,
  payoutMode: offer.payoutMode,
  payout: offer.payout,
  currency: offer.currency,
  country: offer.country,
  tags: offer.tags,
  status: offer.status,
  duplicateMode: offer.duplicateMode,
  fallbackUrl: offer.fallbackUrl,
});

/** One offer, or the one that is being made (`new`). */
export function Offer({ id }: { id: string }) {
  const isNew = id === 'new';
  const query = useQuery({ ...offerQuery(id), enabled: !isNew });
  const mayWrite = useMay('write');
  const sources = useSources(true);
  const { offerSourceId = null } = useSearch({ from: '/shell/offers' });
  const unread = <Unread title={words.one} back={<Back />} query={query} />;
  if (query.error !== null) return unread;
  if (isNew && !mayWrite)
    return (
      <Page title={words.newTitle} back={<Back />}>
        <Closed what={words.newTitle} who={shared.writers} />
      </Page>
    );
  // What its source adds stands in the form from the first moment.
  if (sources.query.isPending) return unread;
  if (isNew) return <Editor stored={null} start={{ ...NEW, offerSourceId }} />;
  if (query.data === undefined) return unread;
  return <Editor stored={query.data} start={draftOf(query.data)} />;
}

function Back() {
  const search = useSearch({ from: '/shell/offers' });
  return (
    <AnchorLink to="/offers" search={{ ...search, open: undefined }} size="sm" w="fit-content">
      <IconArrowLeft size={13} style={{ verticalAlign: '-2px' }} aria-hidden /> {words.back}
    </AnchorLink>
  );
}

function Editor({ stored, start }: { stored: Stored | null; start: OfferDraft }) {
  const { draft, set, isDirty, reset, takeIn } = useDraft(start);
  const navigate = useNavigate({ from: '/offers' });
  const mayWrite = useMay('write');
  const sources = useSources(true).rows;
  const source = sources.find(({ id }) => id === draft.offerSourceId) ?? null;
  const version = useRef(stored?.version);
  const urlField = useRef<HTMLTextAreaElement>(null);

  const save = useMutation({
    mutationFn: async () => {
      const body = { ...draft, name: draft.name.trim(), linkBuilder: tidyRows(draft.linkBuilder, source?.linkBuilder ?? {}) };
      return stored === null
        ? answered(api.POST('/api/v1/offers', { body }))
        : answered(
            api.PATCH('/api/v1/offers/{id}', {
              params: { path: { id: stored.id }, header: { 'If-Match': `"${version.current}"` } },
              body,
            }),
          );
    },
    onSuccess: async (offer) => {
      version.current = offer.version;
      reset(draftOf(offer));
      queries.setQueryData(offerQuery(offer.id).queryKey, offer);
      void queries.invalidateQueries({ queryKey: ['offers', 'list'] });
      say(shared.saved);
      if (stored === null) await navigate({ search: (before) => ({ ...before, open: offer.id }), replace: true, ignoreBlocker: true });
    },
    onError: async (error) => {
      if (stored === null || !(error instanceof ApiProblem) || error.status !== 412) return sayUnlessShown(error);
      const now = await queries.fetchQuery({ ...offerQuery(stored.id), staleTime: 0 });
      version.current = now.version;
      takeIn(draftOf(now));
      sayWarning(shared.changedMeanwhile);
    },
  });
  const errors = fieldErrors(save.error);
  // Enter and Ctrl S know no button: they save what the button would, and once.
  const submit = (): void => {
    if (mayWrite && isDirty && !save.isPending) save.mutate();
  };

  return (
    <Page
      title={stored?.name ?? words.newTitle}
      back={<Back />}
      write
      actions={
        <>
          {stored !== null && <CopyButton text={stored.trackingUrl} what={words.tracking} label={words.copyLink} />}
          <Button type="submit" form="offer" loading={save.isPending} disabled={!isDirty}>
            {shared.save}
          </Button>
        </>
      }
    >
      <Form
        id="offer"
        onSubmit={submit}
        main={
          <>
            <Section>
              <TextInput
                label={words.name}
                required
                maxLength={200}
                data-autofocus
                autoFocus={stored === null}
                readOnly={!mayWrite}
                value={draft.name}
                error={errors.name}
                onChange={(event) => set({ name: event.currentTarget.value })}
              />
              <Select
                label={words.source}
                placeholder={words.noSource}
                data={sources
                  .filter(({ archived, id }) => !archived || id === draft.offerSourceId)
                  .map(({ id, name }) => ({ value: id, label: name }))}
                searchable
                clearable
                readOnly={!mayWrite}
                value={draft.offerSourceId}
                error={errors.offerSourceId}
                onChange={(offerSourceId) => set({ offerSourceId })}
              />
              <OfferUrl
                field={urlField}
                url={draft.url}
                onChange={(url) => set({ url })}
                source={source}
                error={errors.url}
                readOnly={!mayWrite}
              />
            </Section>
            <Section title={words.preset} hint={words.presetHint(source?.name ?? null)}>
              <LinkBuilder
                rows={draft.linkBuilder}
                inherited={source?.linkBuilder}
                errors={errors}
                readOnly={!mayWrite}
                onChange={(linkBuilder) => set({ linkBuilder })}
              />
            </Section>
          </>
        }
        side={
          <>
            <OfferLinks draft={draft} stored={stored} source={source} />
            <Section title={words.money} columns>
              <Select
                label={words.payoutMode}
                data={[
                  { value: 'auto', label: words.auto },
                  { value: 'fixed', label: words.fixed },
                ]}
                allowDeselect={false}
                readOnly={!mayWrite}
                value={draft.payoutMode}
                onChange={(value) => set({ payoutMode: value === 'fixed' ? 'fixed' : 'auto' })}
              />
              <TextInput
                label={words.payout}
                inputMode="decimal"
                placeholder="12.50"
                readOnly={!mayWrite}
                value={draft.payout ?? ''}
                error={errors.payout}
                onChange={(event) => set({ payout: orNull(event.currentTarget.value.replace(',', '.')) })}
              />
              <TextInput
                label={words.currency}
                placeholder={source?.defaultCurrency ?? words.currencyPlaceholder}
                maxLength={10}
                readOnly={!mayWrite}
                value={draft.currency ?? ''}
                error={errors.currency}
                onChange={(event) => set({ currency: orNull(event.currentTarget.value.toUpperCase()) })}
              />
            </Section>
            <Section title={words.more} columns>
              <Select
                label={words.status}
                data={(['active', 'paused', 'archived'] as const).map((value) => ({ value, label: words.shown[value] }))}
                allowDeselect={false}
                readOnly={!mayWrite}
                value={draft.status}
                onChange={(value) => set({ status: value === 'paused' || value === 'archived' ? value : 'active' })}
              />
              <TextInput
                label={words.country}
                placeholder="DE"
                maxLength={2}
                readOnly={!mayWrite}
                value={draft.country ?? ''}
                error={errors.country}
                onChange={(event) => set({ country: orNull(event.currentTarget.value.toUpperCase()) })}
              />
              <Select
                label={words.duplicates}
                placeholder={words.asSource}
                data={Object.entries(words.duplicateModes).map(([value, label]) => ({ value, label }))}
                clearable
                readOnly={!mayWrite}
                value={draft.duplicateMode}
                onChange={(value) => set({ duplicateMode: value as OfferDraft['duplicateMode'] })}
              />
              <TagsInput
                label={words.tags}
                maxTags={50}
                readOnly={!mayWrite}
                value={draft.tags}
                error={errors.tags}
                onChange={(tags) => set({ tags })}
              />
              <TextInput
                label={words.fallback}
                description={words.fallbackHint}
                placeholder="https://"
                wrapperProps={{ 'data-wide': true }}
                readOnly={!mayWrite}
                value={draft.fallbackUrl ?? ''}
                error={errors.fallbackUrl}
                onChange={(event) => set({ fallbackUrl: orNull(event.currentTarget.value) })}
              />
            </Section>
          </>
        }
      />
    </Page>
  );
}

const orNull = (text: string): string | null => (text.trim() === '' ? null : text.trim());

/** Rows that were added and left empty say nothing, unless they take one of the source's out. */
function tidyRows(rows: Record<string, string>, inherited: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    ROWS.flatMap((name) => (rows[name] === undefined || (rows[name] === '' && !(name in inherited)) ? [] : [[name, rows[name]]])),
  );
}
