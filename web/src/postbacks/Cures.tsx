import { Button, TextInput } from '@mantine/core';
import { IconWand } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { offerQuery, sourceQuery } from '../api/catalog';
import { answered, api, fieldErrors, pageOf, type Schemas } from '../api/client';
import { queries } from '../api/queries';
import { Dialog } from '../parts/Dialog';
import { CopyButton } from '../parts/Copy';
import { ButtonLink } from '../parts/links';
import { say, sayError, sayUndo } from '../parts/toast';
import { Unreachable } from '../parts/Unreachable';
import { useMay } from '../session';
import { curesOf, mended, type RuleChange } from './which-cure';
import { words } from './strings';
import { saidOf } from './read-parameters';
import styles from './Postbacks.module.css';

type Row = Schemas['PostbackAnswer'];

/**
 * The buttons that mend what became of a request, the best first.
 * @param word the network's status word, where the rules of its source have read it
 */
export function Cures({ row, word = saidOf(row.query, 'status') }: { row: Row; word?: string | null }) {
  const mayWrite = useMay('write');
  const sourceId = row.offerSourceId ?? row.tokenSourceId;
  return curesOf(row).map((cure, i): ReactNode => {
    const isFirst = i === 0;
    switch (cure.kind) {
      case 'word':
        return <WordLink key={cure.kind} word={word} row={row} isFirst={isFirst} />;
      case 'click':
        return (
          mayWrite && (
            <ButtonLink key={cure.kind} to="/imports" search={{ kind: 'clicks' }} variant={look(isFirst)}>
              {words.importClick}
            </ButtonLink>
          )
        );
      case 'copy':
        return mayWrite && <RightUrl key={cure.kind} row={row} isFirst={isFirst} />;
      case 'rate':
        return mayWrite && <Rate key={cure.kind} row={row} isFirst={isFirst} />;
      case 'rule':
        return mayWrite && sourceId !== null && <Rule key={cure.of} row={row} of={cure.of} sourceId={sourceId} isFirst={isFirst} />;
      case 'replay':
        // Its button is there for every request that can be decided again.
        return null;
    }
  });
}

interface CureProps {
  row: Row;
  isFirst: boolean;
}
const look = (isFirst: boolean) => (isFirst ? 'filled' : 'default');

/** Where the word gets a meaning; the list of them has them in lower case. */
function WordLink({ word, row, isFirst }: CureProps & { word: string | null }) {
  const sourceId = row.offerSourceId ?? row.tokenSourceId ?? '';
  if (row.result === 'ignored_status')
    return (
      <ButtonLink to="/offer-sources" search={{ open: sourceId, tab: 'words' }} variant={look(isFirst)}>
        {words.mapWord(word)}
      </ButtonLink>
    );
  const search = word === null ? { offerSourceId: sourceId === '' ? undefined : sourceId } : { open: `${sourceId}:${word.toLowerCase()}` };
  return (
    <ButtonLink to="/words" search={search} variant={look(isFirst)}>
      {words.mapWord(word)}
    </ButtonLink>
  );
}

/** The postback URL that the network should have called: that of the click's offer, else of whose token came. */
function RightUrl({ row, isFirst }: CureProps) {
  const url = useRightUrl(row.cid, row.tokenSourceId ?? row.offerSourceId, row.tokenOfferId);
  if (url === undefined)
    return (
      <Button variant="default" loading>
        {words.copyUrl}
      </Button>
    );
  if (url === null)
    return (
      <ButtonLink to="/offer-sources" variant={look(isFirst)}>
        {words.toSources}
      </ButtonLink>
    );
  return (
    <>
      <CopyButton text={url.url} what={words.urlOf(url.name)} label={words.copyUrlOf(url.name)} primary={isFirst} />
      <Unreachable url={url.url} last />
    </>
  );
}

/** Null: nobody knows whose; undefined: not known yet. */
export function useRightUrl(
  cid: string | null,
  sourceId: string | null,
  offerId: string | null,
): { url: string; name: string } | null | undefined {
  // Asked as a list: a click that is not there is no error here.
  const click = useQuery({
    queryKey: ['clicks', 'of-request', cid],
    enabled: cid !== null,
    queryFn: async ({ signal }) =>
      pageOf(await answered(api.GET('/api/v1/clicks', { params: { query: { cid: cid ?? '', limit: 1 } }, signal }))).data[0] ?? null,
  });
  const isSettled = cid === null || !click.isPending;
  const ofOffer = click.data?.offerId ?? (isSettled && sourceId === null ? offerId : null);
  const offer = useQuery({ ...offerQuery(ofOffer ?? ''), enabled: ofOffer !== null });
  const source = useQuery({ ...sourceQuery(sourceId ?? ''), enabled: isSettled && ofOffer === null && sourceId !== null });
  if (!isSettled || (ofOffer !== null && offer.isPending) || (source.isPending && source.fetchStatus !== 'idle')) return undefined;
  const owner = offer.data ?? source.data;
  return owner?.postbackUrl === null || owner?.postbackUrl === undefined ? null : { url: owner.postbackUrl, name: owner.name };
}

/** Changes the rule that stood in the way and decides the request again; the rule can be put back. */
function Rule({ row, of, sourceId, isFirst }: CureProps & { of: keyof RuleChange; sourceId: string }) {
  const apply = useMutation({
    mutationFn: async () => {
      const before = await ruleOf(of, sourceId, row.cid);
      await before.change(mended(of, before.source, row.ip));
      const verdict = await answered(api.POST('/api/v1/postbacks/{id}/replay', { params: { path: { id: row.id } } }));
      return { verdict, undo: () => before.change(before.was) };
    },
    onSuccess: ({ verdict, undo }) => {
      askAnew();
      sayUndo(words.ruleChanged(verdict.explanation), undo);
    },
    onError: sayError,
  });
  return (
    <Button
      variant={look(isFirst)}
      leftSection={<IconWand size={14} />}
      loading={apply.isPending}
      onClick={() => apply.mutate()}
      title={words.ruleHint}
    >
      {words.ruleCures[of](row.ip ?? '')}
    </Button>
  );
}

/** The rule as it is now, where it stands: an offer may have a duplicate mode of its own. */
async function ruleOf(of: keyof RuleChange, sourceId: string, cid: string | null) {
  const source = await answered(api.GET('/api/v1/offer-sources/{id}', { params: { path: { id: sourceId } } }));
  const click =
    of === 'duplicateMode' && cid !== null ? await answered(api.GET('/api/v1/clicks/{cid}', { params: { path: { cid } } })) : null;
  const offer = click === null ? null : await answered(api.GET('/api/v1/offers/{id}', { params: { path: { id: click.offerId } } }));
  if (offer !== null && offer.duplicateMode !== null)
    return {
      source,
      was: { duplicateMode: offer.duplicateMode },
      change: (body: RuleChange) =>
        answered(api.PATCH('/api/v1/offers/{id}', { params: { path: { id: offer.id } }, body: { duplicateMode: body.duplicateMode } })),
    };
  return {
    source,
    was: { [of]: source[of] } as RuleChange,
    change: async (body: RuleChange) => {
      const saved = await answered(api.PATCH('/api/v1/offer-sources/{id}', { params: { path: { id: sourceId } }, body }));
      void queries.invalidateQueries({ queryKey: ['offer-sources'] });
      return saved;
    },
  };
}

/** The rate that was missing, entered for the day of the request. */
function Rate({ row, isFirst }: CureProps) {
  const currency = row.change?.currency ?? '';
  const [isOpen, setOpen] = useState(false);
  const [rate, setRate] = useState('');
  const set = useMutation({
    mutationFn: () =>
      answered(api.POST('/api/v1/rates', { body: { currency, rate: rate.trim().replace(',', '.'), day: row.receivedAt.slice(0, 10) } })),
    onSuccess: () => {
      setOpen(false);
      void queries.invalidateQueries({ queryKey: ['rates'] });
      askAnew();
      say(words.rateSet(currency));
    },
    onError: (error) => {
      if (Object.keys(fieldErrors(error)).length === 0) sayError(error);
    },
  });
  const errors = fieldErrors(set.error);
  if (currency === '')
    return (
      <ButtonLink to="/settings" search={{ section: 'rates' }} variant={look(isFirst)}>
        {words.enterRate('')}
      </ButtonLink>
    );
  return (
    <>
      <Button variant={look(isFirst)} onClick={() => setOpen(true)}>
        {words.enterRate(currency)}
      </Button>
      {isOpen && (
        <Dialog onClose={() => setOpen(false)} title={words.enterRate(currency)}>
          <form
            className={styles.stack}
            onSubmit={(event) => {
              event.preventDefault();
              set.mutate();
            }}
          >
            <TextInput
              label={words.rateOf(currency, row.receivedAt.slice(0, 10))}
              description={words.rateHint}
              required
              inputMode="decimal"
              placeholder="0.9998"
              data-autofocus
              value={rate}
              error={errors.rate ?? errors.currency ?? errors.day}
              onChange={(event) => setRate(event.currentTarget.value)}
            />
            <Button type="submit" loading={set.isPending} disabled={rate.trim() === ''}>
              {words.setRate}
            </Button>
          </form>
        </Dialog>
      )}
    </>
  );
}

export function askAnew(): void {
  for (const key of ['postbacks', 'conversions', 'clicks', 'report']) void queries.invalidateQueries({ queryKey: [key] });
}
