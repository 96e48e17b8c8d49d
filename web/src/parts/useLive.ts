import { useEffect, useRef, useState } from 'react';
import { answered, api, pageOf, type Schemas } from '../api/client';
import { queries, SESSION } from '../api/queries';
import type { operations } from '../api/schema';

type Row = Schemas['PostbackAnswer'];
type Wanted = Pick<NonNullable<operations['postbackLog_list']['parameters']['query']>, 'result' | 'reason' | 'offerSourceId' | 'cid'>;

export interface Live {
  /** In no order, and some more than once. */
  rows: readonly Row[];
  /** Came while it was paused. */
  held: number;
  isConnected: boolean;
  /** Of a flood only some are told. */
  sampled: { verdicts: number; told: number } | null;
}

const NOTHING_YET = { rows: [] as Row[], held: [] as Row[], isConnected: false, sampled: null as Live['sampled'] };
/** Often enough for the eye; a flood is drawn four times a second, not once per request. */
const DRAWN_EVERY_MS = 250;
const AGAIN_MS = 2_000;
/** A flood is over when nothing of it was left out for so long. */
const CALM_MS = 3_000;
const MOST = 2_000;
const GAP = 200;

/**
 * Verdicts as they are committed. The browser connects again by itself and the server goes on where it was; what came
 * before anything had been told, or was left out of a flood, is read from the list.
 */
export function useLive(wanted: Wanted, isOn: boolean, isPaused: boolean): Live {
  const [state, setState] = useState(NOTHING_YET);
  const paused = useRef(isPaused);
  paused.current = isPaused;
  const asked = JSON.stringify(wanted);

  useEffect(() => {
    setState(NOTHING_YET);
    if (!isOn) return undefined;
    const filter = JSON.parse(asked) as Wanted;
    const address = `/api/v1/events?${new URLSearchParams({ event: 'verdict', ...filter }).toString()}`;
    const ended = new AbortController();
    let stream: EventSource;
    let again: ReturnType<typeof setTimeout> | undefined;
    let calm: ReturnType<typeof setTimeout> | undefined;
    let came: Row[] = [];
    let wasOpen = false;
    const fillGap = async (): Promise<void> => {
      const query = { limit: GAP, ...filter };
      const { data, nextCursor } = pageOf(await answered(api.GET('/api/v1/postbacks', { params: { query }, signal: ended.signal })));
      if (wasOpen) came.push(...data);
      // At first these are what the page's own list shows, so that nothing of them is new.
      else setState((before) => ({ ...before, rows: [...data, ...before.rows].slice(0, MOST) }));
      // There may be more than that, of which the list of the page has to be asked.
      if (wasOpen && nextCursor !== null) void queries.invalidateQueries({ queryKey: ['postbacks', 'list'] });
      wasOpen = true;
    };
    // What fails here fails for the page's own list, too, which says so.
    const fill = (): void => void fillGap().catch(() => undefined);
    const open = (): void => {
      stream = new EventSource(address);
      stream.addEventListener('open', () => {
        setState((before) => ({ ...before, isConnected: true }));
        void queries.refetchQueries({ queryKey: ['postbacks', 'list'], predicate: ({ state: { status } }) => status === 'error' });
        fill();
      });
      stream.addEventListener('error', () => {
        setState((before) => ({ ...before, isConnected: false }));
        // Closed: the server has refused. While it is away the browser tries by itself.
        if (stream.readyState !== EventSource.CLOSED) return;
        again = setTimeout(() => {
          // Perhaps since nobody is signed in any more. The list is not asked: it would never come to say that it fails.
          void queries.invalidateQueries({ queryKey: SESSION });
          open();
        }, AGAIN_MS);
      });
      stream.addEventListener('verdict', (event: MessageEvent<string>) => came.push(JSON.parse(event.data) as Row));
      stream.addEventListener('sampled', (event: MessageEvent<string>) => {
        const sampled = JSON.parse(event.data) as { verdicts: number; told: number };
        setState((before) => ({ ...before, sampled }));
        clearTimeout(calm);
        calm = setTimeout(fill, CALM_MS);
      });
    };
    open();
    const drawing = setInterval(() => {
      if (came.length === 0) return;
      const fresh = came.toReversed();
      came = [];
      setState((before) =>
        paused.current
          ? { ...before, held: [...notIn(before.rows, fresh), ...before.held].slice(0, MOST) }
          : { ...before, rows: [...fresh, ...before.rows].slice(0, MOST) },
      );
    }, DRAWN_EVERY_MS);
    return () => {
      ended.abort();
      stream.close();
      clearInterval(drawing);
      clearTimeout(again);
      clearTimeout(calm);
    };
  }, [asked, isOn]);

  useEffect(() => {
    if (!isPaused)
      setState((before) =>
        before.held.length === 0 ? before : { ...before, rows: [...before.held, ...before.rows].slice(0, MOST), held: [] },
      );
  }, [isPaused]);

  return { rows: state.rows, held: new Set(state.held.map(({ id }) => id)).size, isConnected: state.isConnected, sampled: state.sampled };
}

/** What is not shown yet: filling a gap brings some rows again. */
function notIn(shown: readonly Row[], rows: readonly Row[]): Row[] {
  const verdict = ({ id, decidedAt }: Row): string => `${id} ${decidedAt}`;
  const known = new Set(shown.map(verdict));
  return rows.filter((row) => !known.has(verdict(row)));
}

/** The log with what came since it was read, newest first, each request once and as it was decided last. */
export function withLive(rows: readonly Row[], live: readonly Row[]): Row[] {
  if (live.length === 0) return [...rows];
  const latest = new Map<string, Row>();
  for (const row of [...rows, ...live]) {
    const known = latest.get(row.id);
    if (known === undefined || (known.decidedAt ?? '') <= (row.decidedAt ?? '')) latest.set(row.id, row);
  }
  return [...latest.values()].toSorted((a, b) =>
    a.receivedAt < b.receivedAt ? 1 : a.receivedAt > b.receivedAt ? -1 : a.id < b.id ? 1 : -1,
  );
}
