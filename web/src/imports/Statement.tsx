import { Button, SegmentedControl } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { answered, api, type Schemas } from '../api/client';
import { queries } from '../api/queries';
import { Section } from '../parts/Form';
import { NOTHING, showCount, showMoney } from '../parts/format';
import { AnchorLink, ButtonLink } from '../parts/links';
import { StatusMark } from '../parts/StatusMark';
import { words as shared } from '../parts/strings';
import { say, sayError } from '../parts/toast';
import { useMay } from '../session';
import { Errors, Notes } from './Outcome';
import { DIFFERENCES, type DifferenceKind } from './search';
import { words } from './strings';
import styles from './Imports.module.css';

type Difference = Schemas['Difference'];
const SETTABLE = ['approved', 'pending', 'rejected', 'reversed', 'trash'] as const;
const settable = (meaning: string | null) => SETTABLE.find((each) => each === meaning);

/** A network's statement against ours: what differs, each line with what can be done about it. */
export function Statement({
  answer,
  file,
  onShow,
}: {
  answer: Schemas['ReconcileAnswer'];
  file: string;
  onShow: (kind: DifferenceKind) => void;
}) {
  const { differences = DIFFERENCES.find((kind) => answer[kind].length > 0) ?? 'missing' } = useSearch({ from: '/shell/imports' });
  const rows = answer[differences];
  const total = answer[`${differences}Count`];
  const unknown = Object.entries(answer.unknownStatuses);
  const currencies = [...new Set([...Object.keys(answer.theirTotals), ...Object.keys(answer.ourTotals)])];
  return (
    <Section title={words.statement} hint={words.statementHint(answer.from.slice(0, 10), answer.to.slice(0, 10))}>
      <div>{words.matched(answer.matched, answer.total)}</div>
      <dl className={styles.counts}>
        {currencies.map((currency) => (
          <div key={currency}>
            <dt>
              {words.theirs} · {words.ours}
            </dt>
            <dd>
              {showMoney(answer.theirTotals[currency] ?? '0', currency)} · {showMoney(answer.ourTotals[currency] ?? '0', currency)}
            </dd>
          </div>
        ))}
      </dl>
      {unknown.length > 0 && (
        <div className={`${styles.warn} ${styles.foot}`}>
          {words.unknownWords}: {unknown.map(([word, count]) => `${word} (${showCount(count)})`).join(', ')}
          <ButtonLink to="/words" variant="default">
            {words.toWords}
          </ButtonLink>
        </div>
      )}
      <Notes notes={answer.notes} />
      <Errors errors={answer.errors} count={answer.errorCount} />
      <SegmentedControl
        aria-label={words.statement}
        w="fit-content"
        maw="100%"
        className={styles.kinds}
        value={differences}
        data={DIFFERENCES.map((value) => ({ value, label: `${words.differences[value]} ${showCount(answer[`${value}Count`])}` }))}
        onChange={(value) => onShow(DIFFERENCES.find((each) => each === value) ?? 'missing')}
      />
      {rows.length === 0 ? (
        <div>{words.noDifferences}</div>
      ) : (
        <div className={styles.scroll} role="region" aria-label={words.differences[differences]} tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th data-figure>{words.line}</th>
                <th>{words.txid}</th>
                <th>{words.clickId}</th>
                <th>{words.theirs}</th>
                <th>{words.ours}</th>
                <th />
              </tr>
            </thead>
            <tbody>
              {rows.map((row, i) => (
                <tr key={`${row.kind} ${row.line ?? ''} ${row.conversionId ?? ''} ${i}`}>
                  <td data-figure>{row.line ?? NOTHING}</td>
                  <td>{row.txid ?? NOTHING}</td>
                  <td>{row.cid ?? NOTHING}</td>
                  <td>
                    <Side status={row.theirMeaning ?? row.theirStatus} payout={row.theirPayout} currency={row.theirCurrency} />
                  </td>
                  <td>
                    <Side status={row.ourStatus} payout={row.ourPayout} currency={row.ourCurrency} />
                  </td>
                  <td>
                    <Remedy row={row} file={file} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {total > rows.length && <p className={styles.muted}>{words.more(total - rows.length)}</p>}
        </div>
      )}
    </Section>
  );
}

function Side({ status, payout, currency }: { status: string | null; payout: string | null; currency: string | null }) {
  if (status === null && payout === null) return NOTHING;
  return (
    <span>
      {status !== null && <StatusMark status={status} />} {showMoney(payout, currency)}
    </span>
  );
}

/** The button that solves a difference, or what stands in its way. */
function Remedy({ row, file }: { row: Difference; file: string }) {
  const mayWrite = useMay('write');
  const note = words.note(file);
  const meaning = settable(row.theirMeaning);
  const apply = useMutation({
    mutationFn: (run: () => Promise<unknown>) => run(),
    onError: sayError,
    onSuccess: () => {
      say(row.kind === 'missing' ? words.added : shared.saved);
      void queries.invalidateQueries({ queryKey: ['report'] });
      void queries.invalidateQueries({ queryKey: ['conversions'] });
    },
  });
  const patch = (body: Schemas['UpdateConversion']) => () =>
    answered(api.PATCH('/api/v1/conversions/{id}', { params: { path: { id: row.conversionId ?? '' } }, body: { ...body, note } }));
  const add = (cid: string, status: (typeof SETTABLE)[number]) => () =>
    answered(
      api.POST('/api/v1/conversions', {
        body: {
          cid,
          status,
          payout: row.theirPayout ?? undefined,
          currency: row.theirCurrency ?? undefined,
          txid: row.txid ?? undefined,
          note,
        },
      }),
    );
  const button = (label: string, run: () => Promise<unknown>): ReactNode => (
    <Button variant="default" size="compact-xs" loading={apply.isPending} onClick={() => apply.mutate(run)}>
      {label}
    </Button>
  );
  const remedy = (): ReactNode => {
    if (!mayWrite) return null;
    if (apply.isSuccess) return words.settled;
    if (row.kind === 'missing') {
      if (row.cid === null || !row.isClickKnown) return <span className={styles.muted}>{words.unknownClick}</span>;
      return meaning === undefined ? <span className={styles.muted}>{words.unknownWord}</span> : button(words.add, add(row.cid, meaning));
    }
    if (row.kind === 'extra') return button(words.reject, patch({ status: 'rejected' }));
    if (row.kind === 'differentStatus')
      return meaning === undefined ? (
        <span className={styles.muted}>{words.unknownWord}</span>
      ) : (
        button(words.toTheirs(shared.statuses[meaning] ?? meaning), patch({ status: meaning }))
      );
    // A payout is set in the conversion's own currency; one in another cannot be taken over.
    return row.theirPayout !== null && (row.theirCurrency === null || row.theirCurrency === row.ourCurrency)
      ? button(words.toTheirs(showMoney(row.theirPayout, row.ourCurrency)), patch({ payout: row.theirPayout }))
      : null;
  };
  return (
    <div className={styles.foot}>
      {remedy()}
      {row.conversionId !== null && (
        <AnchorLink size="xs" to="/conversions" search={{ open: row.conversionId }}>
          {words.open}
        </AnchorLink>
      )}
    </div>
  );
}
