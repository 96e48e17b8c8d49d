import { Button } from '@mantine/core';
import { useState } from 'react';
import type { Schemas } from '../api/client';
import { queries } from '../api/queries';
import { Arrival } from '../parts/Arrival';
import { Section } from '../parts/Form';
import { NOTHING, showCount, showMoney } from '../parts/format';
import { JobProgress } from '../parts/Job';
import { AnchorLink } from '../parts/links';
import { StatusMark } from '../parts/StatusMark';
import { words as shared } from '../parts/strings';
import type { PostbacksSearch } from '../postbacks/search';
import { words } from './strings';
import styles from './Imports.module.css';

type Answer =
  | { kind: 'conversions'; answer: Schemas['ConversionImportAnswer'] }
  | { kind: 'clicks'; answer: Schemas['ClickImportAnswer'] }
  | { kind: 'rates'; answer: Schemas['RateImportAnswer'] };

const COUNTED = [
  'total',
  'accepted',
  'new',
  'existing',
  'updated',
  'unchanged',
  'unmatched',
  'refused',
  'matchedPostbacks',
  'rates',
  'errorCount',
];

/** Imported conversions stand in the log as requests of today; where its filter can show the counted ones, the count leads to them. */
const IMPORTED = { period: 'today', filter: 'import' } as const;
const ROWS_OF: Record<string, PostbacksSearch & { period: 'today' }> = {
  total: IMPORTED,
  new: { ...IMPORTED, result: 'created' },
  updated: { ...IMPORTED, result: 'updated' },
  unmatched: { ...IMPORTED, result: 'click_not_found' },
};

/** What an import would do, or did. */
export function Outcome({ kind, answer, isCommitting, onCommit }: Answer & { isCommitting: boolean; onCommit: () => void }) {
  const jobId = 'jobId' in answer ? answer.jobId : null;
  const [result, setResult] = useState<{ jobId: string; counts: Record<string, unknown> } | null>(null);
  const after = result !== null && result.jobId === jobId ? result.counts : null;
  const isDone = after !== null || (kind === 'rates' && answer.committed);
  const rowsOf = kind === 'conversions' && isDone ? ROWS_OF : {};
  const counts: Record<string, unknown> = after ?? { ...answer };
  const lines = kind === 'rates' ? answer.rates : kind === 'clicks' ? answer.new : answer.total - answer.refused - answer.errorCount;

  if (jobId !== null && after === null)
    return (
      <Arrival of="job">
        <Section title={words.committing}>
          <JobProgress
            id={jobId}
            onDone={(job) => {
              setResult({ jobId, counts: job.result ?? {} });
              for (const queryKey of [['unmapped'], ['report'], ['conversions'], ['clicks']]) void queries.invalidateQueries({ queryKey });
            }}
          />
        </Section>
      </Arrival>
    );
  return (
    <Arrival of={isDone ? 'done' : 'preview'}>
      <Section title={isDone ? words.committed : words.previewTitle} hint={isDone ? words.doneHint : words.previewHint}>
        <dl className={styles.counts}>
          {COUNTED.map((name) => {
            const count = counts[name];
            return typeof count !== 'number' || (name === 'errorCount' && count === 0) || (name === 'accepted' && !isDone) ? null : (
              <div key={name}>
                <dt>{words.counts[name]}</dt>
                <dd className={name === 'errorCount' ? styles.bad : undefined}>
                  {rowsOf[name] === undefined || count === 0 ? (
                    showCount(count)
                  ) : (
                    <AnchorLink inherit to="/postbacks" search={rowsOf[name]} aria-label={words.rowsOf(words.counts[name] ?? name, count)}>
                      {showCount(count)}
                    </AnchorLink>
                  )}
                </dd>
              </div>
            );
          })}
        </dl>
        {kind === 'conversions' && !isDone && <Conversions answer={answer} />}
        {kind === 'clicks' && !isDone && <Clicks sample={answer.sample} />}
        <Notes notes={answer.notes} />
        <Errors errors={answer.errors} count={answer.errorCount} />
        {!isDone && (
          <div className={styles.foot}>
            {lines === 0 ? (
              <span>{words.nothing}</span>
            ) : (
              <Button loading={isCommitting} onClick={onCommit}>
                {words.commit(lines)}
              </Button>
            )}
          </div>
        )}
      </Section>
    </Arrival>
  );
}

function Conversions({ answer: { sums, warnings, sample } }: { answer: Schemas['ConversionImportAnswer'] }) {
  return (
    <>
      {sums.length > 0 && (
        <div className={styles.scroll}>
          <table style={{ width: 'auto' }}>
            <thead>
              <tr>
                <th>{words.status}</th>
                <th data-figure>{words.conversions}</th>
                <th data-figure>{words.payout}</th>
              </tr>
            </thead>
            <tbody>
              {sums.map(({ status, currency, count, payout, unmatchedCount, unmatchedPayout }) => (
                <tr key={`${status} ${currency ?? ''}`}>
                  <td>
                    <StatusMark status={status} />
                  </td>
                  <td data-figure>{showCount(count)}</td>
                  <td data-figure>
                    {showMoney(payout, currency)}
                    {unmatchedCount > 0 && (
                      <div className={styles.small}>{words.ofWhichUnmatched(unmatchedCount, showMoney(unmatchedPayout, currency))}</div>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {Object.keys(warnings).length > 0 && (
        <div className={styles.warn}>
          <p className={styles.small}>{words.warnings}</p>
          {Object.entries(warnings).map(([name, count]) => (
            <div key={name}>{words.warning(name, count)}</div>
          ))}
        </div>
      )}
      {sample.length > 0 && (
        <div className={styles.scroll} role="region" aria-label={words.sample} tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th data-figure>{words.line}</th>
                <th>{words.clickId}</th>
                <th>{words.result}</th>
                <th>{words.becomes}</th>
                <th data-figure>{words.payout}</th>
                <th>{words.warnings}</th>
              </tr>
            </thead>
            <tbody>
              {sample.map((line) => (
                <tr key={line.line}>
                  <td data-figure>{line.line}</td>
                  <td>{line.cid}</td>
                  <td>{shared.statuses[line.result] ?? line.result.replaceAll('_', ' ')}</td>
                  <td>
                    <StatusMark status={line.to} />
                  </td>
                  <td data-figure>{showMoney(line.payout, line.currency)}</td>
                  <td>{line.warnings.length === 0 ? NOTHING : line.warnings.join(', ').replaceAll('_', ' ')}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

/** As they would be stored: only what at least one of them has. */
function Clicks({ sample }: { sample: Schemas['ClickImportAnswer']['sample'] }) {
  const rows: Record<string, unknown>[] = sample;
  const names = [...new Set(rows.flatMap((row) => Object.keys(row).filter((name) => row[name] !== null && row[name] !== '')))];
  if (rows.length === 0) return null;
  return (
    <div className={styles.scroll} role="region" aria-label={words.sample} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {names.map((name) => (
              <th key={name}>{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={i}>
              {names.map((name) => {
                const value = row[name];
                return <td key={name}>{typeof value === 'string' || typeof value === 'number' ? value : NOTHING}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** How the file was read, in sentences. */
export function Notes({ notes }: { notes: readonly string[] }) {
  if (notes.length === 0) return null;
  return (
    <ul className={styles.notes}>
      {notes.map((note) => (
        <li key={note}>{note}</li>
      ))}
    </ul>
  );
}

export function Errors({ errors, count }: { errors: Schemas['LineError'][]; count: number }) {
  if (errors.length === 0) return null;
  return (
    <div className={styles.bad}>
      <p className={styles.small}>{words.errors}</p>
      {errors.slice(0, 20).map(({ line, message }) => (
        <div key={`${line} ${message}`}>
          {words.line} {line}: {message}
        </div>
      ))}
      {count > Math.min(errors.length, 20) && <div>{words.more(count - Math.min(errors.length, 20))}</div>}
    </div>
  );
}
