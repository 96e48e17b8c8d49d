import { Button, Loader } from '@mantine/core';
import { IconCheck, IconExternalLink, IconSend } from '@tabler/icons-react';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useState } from 'react';
import { useNetworks } from '../api/catalog';
import { answered, api, pageOf, type Schemas } from '../api/client';
import { showMoney, showTime } from '../parts/format';
import { ButtonLink } from '../parts/links';
import { LogLine, useNewestPostbacks } from '../parts/LiveLog';
import { words as shared } from '../parts/strings';
import { RemoveTests } from '../parts/TestData';
import { sayError } from '../parts/toast';
import { useZone } from '../period';
import { StepFrame } from './SetUp';
import styles from './SetUp.module.css';
import { words } from './strings';
import { testPostback } from './test-postback';

const EVERY_MS = 1_000;
const TOKEN_MS = 30 * 60_000;
/** A click made shortly before one came to this step is meant as well. */
const RECENT_MS = 10 * 60_000;

/** Watches until the first conversion is there: the click, the postback, what it meant and what became of it. */
export function TestStep(props: { source: Schemas['OfferSourceAnswer']; offer: Schemas['OfferAnswer']; onAgain: () => void }) {
  const { source, offer, onAgain } = props;
  const zone = useZone();
  // The first click since one began to look stays the one that is followed, also when others come after it.
  const [since, setSince] = useState(() => Date.now() - RECENT_MS);
  const [cid, setCid] = useState<string | null>(null);
  const [isRemoved, setRemoved] = useState(false);
  const clicks = useQuery({
    queryKey: ['clicks', 'newest', offer.id],
    queryFn: async ({ signal }) =>
      pageOf(await answered(api.GET('/api/v1/clicks', { params: { query: { offerId: [offer.id], limit: 20 } }, signal }))).data,
    refetchInterval: EVERY_MS,
  });
  const fresh = (clicks.data ?? []).filter(({ createdAt }) => Date.parse(createdAt) >= since);
  const click = fresh.find((each) => each.cid === cid) ?? fresh.at(-1);
  if (click !== undefined && cid === null) setCid(click.cid);
  const log = useNewestPostbacks({ offerSourceId: source.id });
  // Of this click, and what came on the source's URL meanwhile without a click of ours: that says what is wrong with it.
  const began = click?.createdAt ?? new Date(since).toISOString();
  const arrived = (log.rows ?? [])
    .filter((each) => each.cid === click?.cid || (each.conversionId === null && each.receivedAt > began))
    .slice(0, 5);
  const conversions = useQuery({
    queryKey: ['conversions', 'of-click', cid, arrived[0]?.decidedAt],
    enabled: cid !== null,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) =>
      pageOf(await answered(api.GET('/api/v1/conversions', { params: { query: { cid: cid ?? '', limit: 1 } }, signal }))).data,
    refetchInterval: (query) => ((query.state.data?.length ?? 0) > 0 ? false : EVERY_MS),
  });
  const conversion = conversions.data?.find((each) => each.cid === cid);
  const begin = (from: number): void => {
    setSince(from);
    setCid(null);
    setRemoved(false);
  };

  // The link carries a token, so that its clicks are known as tests; it ends after an hour.
  const token = useQuery({
    queryKey: ['test-token'],
    queryFn: ({ signal }) => answered(api.POST('/api/v1/test-token', { signal })),
    staleTime: TOKEN_MS,
    refetchInterval: TOKEN_MS,
  });
  const network = useNetworks().data?.find(({ key }) => key === source.template);
  const send = useMutation({
    mutationFn: async () => {
      const sent = await answered(
        api.POST('/api/v1/test-postbacks', {
          body: {
            offerId: offer.id,
            // A real click keeps to real postbacks: without one of its own the test gets a test click.
            ...(click?.test === true ? { cid: click.cid } : {}),
            ...testPostback(source, offer, network, `test-${Date.now()}`),
          },
        }),
      );
      setCid(sent.cid);
      setRemoved(false);
      await clicks.refetch();
    },
    onError: sayError,
  });

  return (
    <StepFrame
      title={words.testTitle}
      hint={words.testHint}
      next={
        (conversion !== undefined || isRemoved) && (
          <>
            <ButtonLink to="/offers" search={{ open: offer.id }} size="sm">
              {words.toOffer}
            </ButtonLink>
            <Button variant="default" size="sm" onClick={onAgain}>
              {words.another}
            </Button>
          </>
        )
      }
    >
      <div className={styles.next} style={{ margin: '0 0 12px' }}>
        <Button
          component="a"
          href={token.data === undefined ? undefined : testLink(offer.trackingUrl, token.data)}
          target="_blank"
          rel="noreferrer"
          variant={click === undefined ? 'filled' : 'default'}
          leftSection={<IconExternalLink size={15} />}
          disabled={token.data === undefined}
          onClick={() => begin(Date.now() - 2_000)}
        >
          {words.open}
        </Button>
        <Button
          variant={click === undefined || conversion !== undefined ? 'default' : 'filled'}
          loading={send.isPending}
          leftSection={<IconSend size={15} />}
          title={words.sendHint}
          onClick={() => send.mutate()}
        >
          {words.send}
        </Button>
      </div>
      <div className={`card ${styles.watch}`} aria-live="polite">
        <Line isDone={click !== undefined} what={click === undefined ? words.clickWaits : click.test ? words.testCame : words.clickCame}>
          {click !== undefined && `${showTime(click.createdAt, zone)} · ${words.clickFrom(click.country, click.device)} · ${click.cid}`}
        </Line>
        <Line isDone={arrived.length > 0} what={arrived.length === 0 ? words.postbackWaits : words.postbackCame}>
          {arrived.map((postback) => (
            <LogLine key={postback.id} postback={postback} />
          ))}
        </Line>
        <Line
          isDone={conversion !== undefined}
          what={conversion === undefined ? words.conversionWaits : conversion.test ? words.testConversionCame : words.conversionCame}
        >
          {conversion !== undefined &&
            words.conversionIs(shared.statuses[conversion.status] ?? conversion.status, showMoney(conversion.payout, conversion.currency))}
        </Line>
      </div>
      {conversion !== undefined && <p className={styles.hint}>{words.all}</p>}
      {isRemoved ? (
        <p role="status">{words.testsGone}</p>
      ) : (
        click?.test === true && (
          <div className={styles.tests} role="note">
            {words.tests}
            <RemoveTests
              onDone={() => {
                begin(Date.now());
                setRemoved(true);
              }}
            />
          </div>
        )
      )}
    </StepFrame>
  );
}

function testLink(trackingUrl: string, { parameter, token }: Schemas['TestToken']): string {
  const url = new URL(trackingUrl);
  url.searchParams.set(parameter, token);
  return url.href;
}

function Line({ isDone, what, children }: { isDone: boolean; what: string; children: ReactNode }) {
  return (
    <div className={styles.line} data-done={isDone}>
      <span className={styles.sign} aria-hidden>
        {isDone ? <IconCheck size={15} /> : <Loader size={12} color="gray" />}
      </span>
      <div className={styles.what}>{what}</div>
      <div className={styles.detail}>{children}</div>
    </div>
  );
}
