import { Button, Select, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useBaseCurrency, useNames } from '../api/catalog';
import { answered, api, ApiProblem, fieldErrors, type Schemas } from '../api/client';
import { queries } from '../api/queries';
import { Back } from '../parts/Back';
import { CopiedId, Facts } from '../parts/Facts';
import { Section } from '../parts/Form';
import { showMoney, showRate, showTime } from '../parts/format';
import { AnchorLink, ButtonLink } from '../parts/links';
import { Page } from '../parts/Page';
import { StatusMark } from '../parts/StatusMark';
import { words as shared } from '../parts/strings';
import { say, sayError } from '../parts/toast';
import { Unread } from '../parts/Unread';
import { useZone } from '../period';
import { useMay } from '../session';
import { words } from './strings';
import styles from './Conversions.module.css';

type Detail = Schemas['ConversionDetail'];

/** What a person may say it is. */
export const BY_HAND = ['approved', 'pending', 'rejected', 'trash', 'reversed'] as const;
export type ByHand = (typeof BY_HAND)[number];

/** One conversion: its money, its story from the click on, and the change by hand. */
export function Conversion({ id }: { id: string }) {
  const zone = useZone();
  const nameOf = useNames();
  const mayWrite = useMay('write');
  const base = useBaseCurrency();
  const query = useQuery({
    queryKey: ['conversions', 'one', id],
    queryFn: ({ signal }) => answered(api.GET('/api/v1/conversions/{id}', { params: { path: { id } }, signal })),
  });
  const { data } = query;
  if (query.error !== null || data === undefined)
    return <Unread title={words.one} back={<Back to="/conversions" label={words.back} />} query={query} />;
  return (
    <Page
      writesToo
      title={data.txid ?? words.one}
      back={<Back to="/conversions" label={words.back} />}
      aside={<StatusMark status={data.status} />}
      actions={
        <ButtonLink to="/clicks" search={{ open: data.cid }} variant="default">
          {words.openClick}
        </ButtonLink>
      }
    >
      <Section title={words.money}>
        <Facts
          facts={[
            [words.payout, <strong key="payout">{showMoney(data.payout, data.currency)}</strong>],
            [
              base === undefined ? words.base : words.inCurrency(base),
              data.payoutBase === null ? words.noRate : showMoney(data.payoutBase, base),
            ],
            [words.reversed, Number(data.payoutReversed) !== 0 && showMoney(data.payoutReversed, data.currency)],
            [words.rate, data.rate !== null && data.currency !== base && words.rateOf(showRate(data.rate, base ?? ''), data.rateDate)],
            [words.rateFrom, data.currency !== base && data.rateSource],
          ]}
        />
      </Section>
      <Section title={words.facts}>
        <Facts
          facts={[
            [
              words.offer,
              <AnchorLink key="offer" to="/offers" search={{ open: data.offerId }} size="sm">
                {nameOf(data.offerId)}
              </AnchorLink>,
            ],
            [
              words.source,
              data.offerSourceId !== null && (
                <AnchorLink to="/offer-sources" search={{ open: data.offerSourceId }} size="sm">
                  {nameOf(data.offerSourceId)}
                </AnchorLink>
              ),
            ],
            [words.rawStatus, data.rawStatus],
            [words.networkId, data.networkConversionId],
            [words.cid, <CopiedId key="cid" text={data.cid} what={shared.clickId} />],
            [words.clicked, showTime(data.clickedAt, zone)],
            [words.converted, showTime(data.convertedAt, zone)],
            [words.updated, showTime(data.updatedAt, zone)],
            [words.upsell, data.upsell && shared.yes],
            [words.test, data.test && shared.yes],
            ...Object.entries(data.params as Record<string, string>),
            ...Object.entries(data.events as Record<string, string>),
          ]}
        />
      </Section>
      <Story conversion={data} />
      {mayWrite && <Change key={data.updatedAt} conversion={data} />}
    </Page>
  );
}

/** The click, and everything that asked for a change or made one, in the order in which it counts. */
function Story({ conversion }: { conversion: Detail }) {
  const zone = useZone();
  const { cid } = conversion;
  const click = useQuery({
    queryKey: ['clicks', 'one', cid],
    retry: false,
    queryFn: ({ signal }) => answered(api.GET('/api/v1/clicks/{cid}', { params: { path: { cid } }, signal })),
  });
  const requests = new Map(click.data?.postbacks.map((each) => [each.id, each]));
  return (
    <Section title={words.story} hint={words.storyHint}>
      <ol className={styles.story}>
        <Event at={showTime(conversion.clickedAt, zone)} what={<strong>{words.clickWas}</strong>}>
          {click.data !== undefined && (
            <p className={styles.said}>
              {[click.data.country, click.data.device, click.data.source, click.data.landingUrl]
                .filter((each) => each !== null)
                .join(' · ')}
            </p>
          )}
        </Event>
        {conversion.history.map((each, i) => {
          const request = each.postbackId === null ? undefined : requests.get(each.postbackId);
          return (
            <Event
              key={each.postbackId ?? i}
              at={showTime(each.at, zone)}
              what={
                <>
                  <strong>{each.postbackId === null ? words.byHand : words.postback}</strong>
                  <StatusMark status={each.result} />
                  {each.to !== null && (
                    <span>
                      {each.from !== null && `${shared.statuses[each.from] ?? each.from} → `}
                      {shared.statuses[each.to] ?? each.to}
                    </span>
                  )}
                  {each.payout !== null && <span>{showMoney(each.payout, each.currency ?? conversion.currency)}</span>}
                  {each.postbackId !== null && (
                    <AnchorLink to="/postbacks" search={{ open: each.postbackId }} size="xs">
                      {words.openRequest}
                    </AnchorLink>
                  )}
                </>
              }
            >
              {each.note !== null && (
                <p className={styles.said}>
                  <bdi>{each.note}</bdi>
                </p>
              )}
              {request !== undefined && (
                <>
                  <p className={styles.said}>
                    <bdi>{request.explanation}</bdi>
                  </p>
                  <code className={styles.request}>{request.query}</code>
                </>
              )}
              {each.warnings.length > 0 && (
                <p className={styles.said}>{each.warnings.map((name) => shared.warnings[name] ?? name).join('. ')}.</p>
              )}
            </Event>
          );
        })}
      </ol>
    </Section>
  );
}

function Event({ at, what, children }: { at: string; what: ReactNode; children?: ReactNode }) {
  return (
    <li className={styles.event}>
      <time>{at}</time>
      <div className={styles.what}>{what}</div>
      {children}
    </li>
  );
}

function Change({ conversion }: { conversion: Detail }) {
  const now = BY_HAND.find((each) => each === conversion.status) ?? null;
  const [status, setStatus] = useState<ByHand | null>(now);
  const [payout, setPayout] = useState(conversion.payout ?? '');
  const [note, setNote] = useState('');
  const isPaid = payout.trim() !== '' && payout.trim() !== conversion.payout;
  const isChanged = (status !== null && status !== now) || isPaid;
  const save = useMutation({
    mutationFn: () =>
      answered(
        api.PATCH('/api/v1/conversions/{id}', {
          params: { path: { id: conversion.id } },
          body: {
            ...(status === null || status === now ? {} : { status }),
            ...(isPaid ? { payout: payout.trim().replace(',', '.') } : {}),
            note: note.trim(),
          },
        }),
      ),
    onSuccess: (detail) => {
      queries.setQueryData(['conversions', 'one', conversion.id], detail);
      for (const key of ['conversions', 'clicks', 'report']) void queries.invalidateQueries({ queryKey: [key] });
      say(words.changed);
    },
    onError: (error) => {
      if (!(error instanceof ApiProblem) || error.errors.length === 0) sayError(error);
    },
  });
  const errors = fieldErrors(save.error);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Section
        title={words.change}
        hint={words.changeHint}
        columns
        submit={
          <Button type="submit" loading={save.isPending} disabled={!isChanged || note.trim() === ''}>
            {words.save}
          </Button>
        }
      >
        <Select
          label={words.status}
          data={BY_HAND.map((value) => ({ value, label: shared.statuses[value] ?? value }))}
          value={status}
          error={errors.status}
          onChange={(value) => setStatus(BY_HAND.find((each) => each === value) ?? null)}
        />
        <TextInput
          label={conversion.currency === null ? words.payout : `${words.payout}, ${conversion.currency}`}
          inputMode="decimal"
          value={payout}
          error={errors.payout}
          onChange={(event) => setPayout(event.currentTarget.value)}
        />
        <TextInput
          label={words.note}
          required
          placeholder={words.noteRequired}
          maxLength={500}
          wrapperProps={{ 'data-wide': true }}
          value={note}
          error={errors.note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
      </Section>
    </form>
  );
}
