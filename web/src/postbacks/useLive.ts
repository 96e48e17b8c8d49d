import { useEffect, useRef, useState } from 'react';
import type { Schemas } from '../api/client';
import { queries } from '../api/queries';

type Row = Schemas['PostbackAnswer'];

export interface Live {
  /** Newest first. */
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
const AGAIN_MS = 5_000;
const MOST = 2_000;

/**
 * Verdicts as they are committed. The browser connects again by itself and resumes where it was; only where the server
 * refused is a new connection made, after the lists are asked anew.
 */
export function useLive(wanted: Record<string, string | undefined>, isOn: boolean, isPaused: boolean): Live {
  const [state, setState] = useState(NOTHING_YET);
  const paused = useRef(isPaused);
  paused.current = isPaused;
  const query = new URLSearchParams(Object.entries({ event: 'verdict', ...wanted }).flatMap(([k, v]) => (v === undefined ? [] : [[k, v]])));
  const address = `/api/v1/events?${query.toString()}`;

  useEffect(() => {
    setState(NOTHING_YET);
    if (!isOn) return undefined;
    let stream: EventSource;
    let again: ReturnType<typeof setTimeout> | undefined;
    let came: Row[] = [];
    const open = (): void => {
      stream = new EventSource(address);
      stream.addEventListener('open', () => setState((before) => ({ ...before, isConnected: true })));
      stream.addEventListener('error', () => {
        setState((before) => ({ ...before, isConnected: false }));
        if (stream.readyState !== EventSource.CLOSED) return;
        again = setTimeout(() => {
          void queries.invalidateQueries({ queryKey: ['postbacks'] });
          open();
        }, AGAIN_MS);
      });
      stream.addEventListener('verdict', (event: MessageEvent<string>) => came.push(JSON.parse(event.data) as Row));
      stream.addEventListener('sampled', (event: MessageEvent<string>) => {
        const sampled = JSON.parse(event.data) as { verdicts: number; told: number };
        setState((before) => ({ ...before, sampled }));
      });
    };
    open();
    const drawing = setInterval(() => {
      if (came.length === 0) return;
      const fresh = came.toReversed();
      came = [];
      setState((before) =>
        paused.current
          ? { ...before, held: [...fresh, ...before.held].slice(0, MOST) }
          : { ...before, rows: [...fresh, ...before.rows].slice(0, MOST) },
      );
    }, DRAWN_EVERY_MS);
    return () => {
      stream.close();
      clearInterval(drawing);
      clearTimeout(again);
    };
  }, [address, isOn]);

  useEffect(() => {
    if (!isPaused)
      setState((before) =>
        before.held.length === 0 ? before : { ...before, rows: [...before.held, ...before.rows].slice(0, MOST), held: [] },
      );
  }, [isPaused]);

  return { rows: state.rows, held: state.held.length, isConnected: state.isConnected, sampled: state.sampled };
}

/** The log with what came since it was read, each request once and as it stands now. */
export function withLive(rows: readonly Row[], live: readonly Row[]): Row[] {
  if (live.length === 0) return [...rows];
  const newest = new Map<string, Row>();
  for (const row of live) if (!newest.has(row.id)) newest.set(row.id, row);
  const known = new Set(rows.map(({ id }) => id));
  const fresh = [...newest.values()].filter(({ id }) => !known.has(id));
  return [...fresh, ...rows.map((row) => newest.get(row.id) ?? row)].toSorted((a, b) =>
    a.receivedAt < b.receivedAt ? 1 : a.receivedAt > b.receivedAt ? -1 : 0,
  );
}
