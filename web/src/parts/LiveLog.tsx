import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { answered, api, pageOf, type Schemas } from '../api/client';
import { useZone } from '../period';
import { CopyIcon } from './Copy';
import { showTime } from './format';
import styles from './LiveLog.module.css';
import { ErrorState } from './states';
import { StatusMark } from './StatusMark';
import { words } from './strings';

const EVERY_MS = 1_500;
const ROWS = 25;

/** The newest requests of some of the log, renewed while one looks. */
export function useNewestPostbacks(query: { offerSourceId?: string; cid?: string }, paused = false) {
  return useQuery({
    queryKey: ['postbacks', 'newest', query],
    queryFn: async ({ signal }) =>
      pageOf(await answered(api.GET('/api/v1/postbacks', { params: { query: { limit: ROWS, ...query } }, signal }))).data,
    refetchInterval: paused ? false : EVERY_MS,
  });
}

export function LiveLog(props: { query: { offerSourceId?: string; cid?: string }; paused: boolean; empty: ReactNode }) {
  const log = useNewestPostbacks(props.query, props.paused);
  if (log.error !== null && log.data === undefined) return <ErrorState error={log.error} onRetry={log.refetch} />;
  if (log.data === undefined)
    return (
      <div className={styles.log} aria-busy>
        {Array.from({ length: 6 }, (_, i) => (
          <Skeleton key={i} height={34} radius="sm" />
        ))}
      </div>
    );
  if (log.data.length === 0) return props.empty;
  return (
    <div className={styles.log} role="log" aria-label={words.log}>
      {log.data.map((postback) => (
        <LogLine key={postback.id} postback={postback} />
      ))}
    </div>
  );
}

/** One request and what became of it, in words. */
export function LogLine({ postback }: { postback: Schemas['PostbackAnswer'] }) {
  const zone = useZone();
  const { result, reason, warnings, change, query, cid } = postback;
  const money = change?.payout === null || change?.payout === undefined ? '' : ` · ${change.payout} ${change.currency ?? ''}`;
  return (
    <div className={styles.line}>
      <time className={styles.time} dateTime={postback.receivedAt}>
        {showTime(postback.receivedAt, zone)}
      </time>
      <span className={styles.result}>
        <StatusMark status={result} />
        {change?.to !== null && change?.to !== undefined && (
          <span className={styles.detail}>{` ${words.statuses[change.to] ?? change.to}${money}`}</span>
        )}
        {(reason !== null || warnings.length > 0) && (
          <span className={styles.detail}>
            {' '}
            {[reason, ...warnings]
              .filter((each) => each !== null)
              .join(', ')
              .replaceAll('_', ' ')}
          </span>
        )}
      </span>
      <code className={styles.query} title={query}>
        {query}
      </code>
      {cid !== null && <CopyIcon text={cid} what={words.clickId} />}
    </div>
  );
}
