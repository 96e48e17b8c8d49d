import { Button, Skeleton } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useMemo } from 'react';
import { answered, api, pageOf, type Schemas } from '../api/client';
import { useZone } from '../period';
import { CopyIcon } from './Copy';
import { showCount, showMoney, showTime } from './format';
import { AnchorLink } from './links';
import styles from './LiveLog.module.css';
import { ErrorState } from './states';
import { StatusMark } from './StatusMark';
import { words } from './strings';
import { type Live, useLive, withLive } from './useLive';

const ROWS = 25;

/** The newest requests of some of the log, with those that come while one looks. */
export function useNewestPostbacks(wanted: { offerSourceId?: string; cid?: string }, isPaused = false) {
  const query = useQuery({
    queryKey: ['postbacks', 'newest', wanted],
    queryFn: async ({ signal }) =>
      pageOf(await answered(api.GET('/api/v1/postbacks', { params: { query: { limit: ROWS, ...wanted } }, signal }))).data,
  });
  const live = useLive(wanted, true, isPaused);
  const rows = useMemo(
    () => (query.data === undefined ? undefined : withLive(query.data, live.rows).slice(0, ROWS)),
    [query.data, live.rows],
  );
  return { rows, live, error: query.error, refetch: query.refetch };
}

export function LiveLog({ log, empty }: { log: ReturnType<typeof useNewestPostbacks>; empty: ReactNode }) {
  const { rows, live } = log;
  if (log.error !== null && rows === undefined) return <ErrorState error={log.error} onRetry={log.refetch} />;
  if (rows === undefined)
    return (
      <div className={styles.log} aria-busy>
        {Array.from({ length: 6 }, (_, i) => (
          <Skeleton key={i} height={34} radius="sm" />
        ))}
      </div>
    );
  if (rows.length === 0) return empty;
  return (
    <>
      {live.sampled !== null && (
        <div className="muted" role="status">
          {words.sampled(showCount(live.sampled.told), showCount(live.sampled.verdicts))}
        </div>
      )}
      <div className={styles.log} role="log" aria-label={words.log}>
        {rows.map((postback) => (
          <LogLine key={postback.id} postback={postback} />
        ))}
      </div>
    </>
  );
}

/** Whether new rows come in. */
export function LiveMark({ live, isPaused }: { live: Live; isPaused: boolean }) {
  return (
    <span className={styles.live} role="status" data-on={live.isConnected && !isPaused}>
      {isPaused ? words.paused : live.isConnected ? words.live : words.connecting}
    </span>
  );
}

export function PauseButton({ isPaused, held, onPause }: { isPaused: boolean; held: number; onPause: (pause: boolean) => void }) {
  return (
    <Button
      variant="default"
      leftSection={isPaused ? <IconPlayerPlay size={14} /> : <IconPlayerPause size={14} />}
      onClick={() => onPause(!isPaused)}
    >
      {isPaused ? words.goOn(held) : words.pause}
    </Button>
  );
}

/** One request and what became of it, in words. */
export function LogLine({ postback }: { postback: Schemas['PostbackAnswer'] }) {
  const zone = useZone();
  const { id, result, change, query, cid } = postback;
  return (
    <div className={styles.line}>
      <time className={styles.time} dateTime={postback.receivedAt}>
        {showTime(postback.receivedAt, zone)}
      </time>
      <span className={styles.result}>
        <StatusMark status={result} />
        {change?.to !== null && change?.to !== undefined && (
          <span className={styles.detail}>
            {[words.statuses[change.to] ?? change.to, ...(change.payout === null ? [] : [showMoney(change.payout, change.currency)])].join(
              ' · ',
            )}
          </span>
        )}
      </span>
      <AnchorLink to="/postbacks" search={{ open: id }} size="xs" className={`one-line ${styles.query}`}>
        {query === '' ? postback.method : query}
      </AnchorLink>
      {cid !== null && <CopyIcon text={cid} what={words.clickId} />}
      <p className={styles.why}>
        <bdi>{postback.explanation}</bdi>
      </p>
    </div>
  );
}
