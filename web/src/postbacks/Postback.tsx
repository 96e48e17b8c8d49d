import { Button, TextInput } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { sourceQuery, useNames } from '../api/catalog';
import { answered, api, type Schemas } from '../api/client';
import { queries } from '../api/queries';
import { Dialog } from '../parts/Dialog';
import { Back } from '../parts/Back';
import { CopiedId, Facts, Raw } from '../parts/Facts';
import { Section } from '../parts/Form';
import { NOTHING, showTime } from '../parts/format';
import { AnchorLink, ButtonLink } from '../parts/links';
import { Page } from '../parts/Page';
import { ErrorState, FormSkeleton } from '../parts/states';
import { words as shared } from '../parts/strings';
import { say, sayError } from '../parts/toast';
import { Unread } from '../parts/Unread';
import { useZone } from '../period';
import { useMay } from '../session';
import { askAnew, Cures } from './Cures';
import { curesOf, isReplayable } from './which-cure';
import { Reading } from './Reading';
import { words } from './strings';
import { Verdict } from './Verdict';
import styles from './Postbacks.module.css';

type Row = Schemas['PostbackAnswer'];

/** One request: what became of it and why, as it came, as it was read, and what can be done. */
export function Postback({ id }: { id: string }) {
  const zone = useZone();
  const nameOf = useNames();
  const query = useQuery({
    queryKey: ['postbacks', 'one', id],
    queryFn: ({ signal }) => answered(api.GET('/api/v1/postbacks/{id}', { params: { path: { id } }, signal })),
  });
  const sourceId = query.data?.offerSourceId ?? query.data?.tokenSourceId ?? null;
  const source = useQuery({ ...sourceQuery(sourceId ?? ''), enabled: sourceId !== null });
  const { data: row } = query;
  const url = row === undefined ? '' : urlOf(row, source.data?.postbackUrl ?? null);
  // The rules that read it: of its source, whose token is no part of what is kept.
  const read = useQuery({
    queryKey: ['postbacks', 'read', id, url],
    enabled: row !== undefined && (sourceId === null || !source.isPending),
    queryFn: ({ signal }) =>
      answered(
        api.POST('/api/v1/postbacks/dry-run', {
          body: {
            url,
            method: row?.method === 'POST' ? 'POST' : 'GET',
            ...(row?.body === null || row?.body === undefined ? {} : { body: row.body, contentType: formOf(row.contentType) }),
          },
          signal,
        }),
      ),
  });

  if (query.error !== null || row === undefined)
    return <Unread title={words.one} back={<Back to="/postbacks" label={words.back} />} query={query} />;
  const word = read.data?.status?.word ?? null;
  return (
    <Page
      writesToo
      title={`${words.one}, ${showTime(row.receivedAt, zone)}`}
      back={<Back to="/postbacks" label={words.back} />}
      actions={<Actions row={row} word={word} sourceId={sourceId} />}
    >
      <Section title={words.became}>
        <Verdict result={row.result} explanation={row.explanation} warnings={row.warnings} change={row.change}>
          {row.ignored !== null && <p>{words.wasSetAside(row.ignored)}</p>}
          <Facts
            facts={[
              [words.decided, showTime(row.decidedAt, zone)],
              [
                words.source,
                sourceId === null ? (
                  (nameOf(row.tokenOfferId) ?? words.noSource)
                ) : (
                  <AnchorLink to="/offer-sources" search={{ open: sourceId }} size="sm">
                    {nameOf(sourceId)}
                  </AnchorLink>
                ),
              ],
              [words.cid, row.cid !== null && <CopiedId text={row.cid} what={shared.clickId} />],
            ]}
          />
        </Verdict>
      </Section>
      <Section title={words.came} hint={words.cameHint}>
        <Raw label={words.came}>{`${row.method} ${row.path ?? '/postback'}${row.query === '' ? '' : `?${row.query}`}`}</Raw>
        {row.body !== null && <Raw label={words.body}>{row.body}</Raw>}
        <Facts
          facts={[
            [words.received, showTime(row.receivedAt, zone)],
            [words.ip, row.ip ?? NOTHING],
            [words.contentType, row.contentType],
          ]}
        />
      </Section>
      <Section title={words.read} hint={words.readHint}>
        {read.error !== null ? (
          <ErrorState error={read.error} onRetry={read.refetch} />
        ) : read.data === undefined ? (
          <FormSkeleton rows={3} />
        ) : (
          <Reading
            parameters={[row.query, isForm(row.contentType) ? row.body : null].filter((each) => each !== null && each !== '').join('&')}
            values={read.data.values}
            aliases={(source.data?.parameterAliases ?? {}) as Record<string, string>}
          />
        )}
      </Section>
    </Page>
  );
}

const isForm = (type: string | null): boolean => type === 'application/x-www-form-urlencoded';
const formOf = (type: string | null) =>
  type === 'application/json' ? ('application/json' as const) : ('application/x-www-form-urlencoded' as const);

/** Where it would be sent today: to its source's own address, where that may be known. */
function urlOf(row: Row, postbackUrl: string | null): string {
  let path = '/postback';
  try {
    if (postbackUrl !== null) path = new URL(postbackUrl).pathname;
  } catch {
    // A template that is no URL yet: the address without a token reads it as well.
  }
  return `${path}?${row.query}`;
}

/** Deciding these again changes nothing. */
const APPLIED: Row['result'][] = ['created', 'updated', 'no_change', 'duplicate', 'duplicate_request'];

/** The button that fits comes first. */
function Actions({ row, word, sourceId }: { row: Row; word: string | null; sourceId: string | null }) {
  const mayWrite = useMay('write');
  const [isSettingAside, setSettingAside] = useState(false);
  const replay = useMutation({
    mutationFn: () => answered(api.POST('/api/v1/postbacks/{id}/replay', { params: { path: { id: row.id } } })),
    onSuccess: ({ explanation }) => {
      askAnew();
      say(`${words.replayed}: ${explanation}`);
    },
    onError: sayError,
  });
  const cures = curesOf(row);
  return (
    <>
      <Cures row={row} word={word ?? undefined} />
      {sourceId !== null && cures.some(({ kind }) => kind === 'rule') && (
        <ButtonLink to="/offer-sources" search={{ open: sourceId, tab: 'rules' }} variant="default">
          {words.mend}
        </ButtonLink>
      )}
      {row.conversionId !== null && (
        <ButtonLink to="/conversions" search={{ open: row.conversionId }} variant="default">
          {words.openConversion}
        </ButtonLink>
      )}
      {row.cid !== null && row.result !== 'click_not_found' && row.result !== 'waiting_click' && row.result !== 'rejected' && (
        <ButtonLink to="/clicks" search={{ open: row.cid }} variant="default">
          {words.openClick}
        </ButtonLink>
      )}
      {mayWrite && row.result === 'failed' && row.ignored === null && (
        <Button variant="default" onClick={() => setSettingAside(true)}>
          {words.setAsideButton}
        </Button>
      )}
      {mayWrite && isReplayable(row) && (
        <Button
          variant={APPLIED.includes(row.result) || cures.some(({ kind }) => kind !== 'replay') ? 'default' : 'filled'}
          leftSection={<IconRefresh size={14} />}
          loading={replay.isPending}
          onClick={() => replay.mutate()}
        >
          {words.replay}
        </Button>
      )}
      {isSettingAside && <SetAside id={row.id} onClose={() => setSettingAside(false)} />}
    </>
  );
}

function SetAside({ id, onClose }: { id: string; onClose: () => void }) {
  const [note, setNote] = useState('');
  const save = useMutation({
    mutationFn: () => answered(api.POST('/api/v1/postbacks/{id}/ignore', { params: { path: { id } }, body: { note: note.trim() } })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['postbacks'] });
      say(shared.saved);
      onClose();
    },
    onError: sayError,
  });
  return (
    <Dialog onClose={onClose} title={words.setAsideTitle}>
      <form
        className={styles.stack}
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <TextInput
          label={words.note}
          description={words.setAsideHint}
          required
          maxLength={500}
          data-autofocus
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        <Button type="submit" loading={save.isPending} disabled={note.trim() === ''}>
          {words.setAsideTitle}
        </Button>
      </form>
    </Dialog>
  );
}
