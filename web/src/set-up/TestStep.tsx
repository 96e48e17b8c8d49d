import { Button, Loader } from '@mantine/core';
import { IconCheck, IconExternalLink, IconSend } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useState } from 'react';
import { mergeRows } from '../../../src/offer-sources/postback-url';
import type { StatusMeaning } from '../../../src/offer-sources/vocabulary';
import { answered, api, pageOf, type Schemas } from '../api/client';
import { showMoney, showTime } from '../parts/format';
import { ButtonLink } from '../parts/links';
import { LogLine, useNewestPostbacks } from '../parts/LiveLog';
import { words as shared } from '../parts/strings';
import { sayError } from '../parts/toast';
import { useZone } from '../period';
import { StepFrame } from './SetUp';
import styles from './SetUp.module.css';
import { words } from './strings';
import { testPostback } from './test-postback';

const EVERY_MS = 1_500;
/** A click made shortly before one came to this step is meant as well. */
const RECENT_MS = 10 * 60_000;

/** Watches until the first conversion is there: the click, the postback, what it meant and what became of it. */
export function TestStep(props: { source: Schemas['OfferSourceAnswer']; offer: Schemas['OfferAnswer']; onAgain: () => void }) {
  const { source, offer, onAgain } = props;
  const zone = useZone();
  // The first click since one began to look stays the one that is followed, also when others come after it.
  const [since, setSince] = useState(() => Date.now() - RECENT_MS);
  const [cid, setCid] = useState<string | null>(null);
  const clicks = useQuery({
    queryKey: ['clicks', 'newest', offer.id],
    queryFn: async ({ signal }) =>
      pageOf(await answered(api.GET('/api/v1/clicks', { params: { query: { offerId: offer.id, limit: 20 } }, signal }))).data,
    refetchInterval: EVERY_MS,
  });
  const fresh = (clicks.data ?? []).filter(({ createdAt }) => Date.parse(createdAt) >= since);
  const click = fresh.find((each) => each.cid === cid) ?? fresh.at(-1);
  if (click !== undefined && click.cid !== cid) setCid(click.cid);
  const log = useNewestPostbacks({ offerSourceId: source.id });
  // Of this click, and what came on the source's URL meanwhile without a click of ours: that says what is wrong with it.
  const arrived =
    click === undefined
      ? []
      : (log.data ?? [])
          .filter((each) => each.cid === click.cid || (each.conversionId === null && each.receivedAt > click.createdAt))
          .slice(0, 5);
  const conversions = useQuery({
    queryKey: ['conversions', 'of-click', cid],
    enabled: cid !== null,
    queryFn: async ({ signal }) =>
      pageOf(await answered(api.GET('/api/v1/conversions', { params: { query: { cid: cid ?? '', limit: 1 } }, signal }))).data,
    refetchInterval: EVERY_MS,
  });
  const conversion = conversions.data?.[0];

  const send = useMutation({
    mutationFn: async (of: string) => {
      const path = new URL(offer.postbackUrl ?? source.postbackUrl ?? '').pathname;
      const url = testPostback(path, mergeRows(source.linkBuilder as Record<string, string>, offer.linkBuilder as Record<string, string>), {
        cid: of,
        payout: offer.payout ?? '1',
        currency: offer.currency ?? source.defaultCurrency,
        statusMap: source.statusMap as Record<string, StatusMeaning>,
        txid: `test-${Date.now()}`,
      });
      const answer = await fetch(url, { credentials: 'omit' });
      if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
    },
    onSuccess: () => {
      void log.refetch();
      void conversions.refetch();
    },
    onError: sayError,
  });

  return (
    <StepFrame
      title={words.testTitle}
      hint={words.testHint}
      next={
        conversion !== undefined && (
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
          href={offer.trackingUrl}
          target="_blank"
          rel="noreferrer"
          variant={click === undefined ? 'filled' : 'default'}
          leftSection={<IconExternalLink size={15} />}
          onClick={() => {
            setSince(Date.now() - 2_000);
            setCid(null);
          }}
        >
          {words.open}
        </Button>
        <Button
          variant={click === undefined || conversion !== undefined ? 'default' : 'filled'}
          disabled={click === undefined}
          loading={send.isPending}
          leftSection={<IconSend size={15} />}
          title={click === undefined ? words.sendFirst : words.sendHint}
          onClick={() => click !== undefined && send.mutate(click.cid)}
        >
          {words.send}
        </Button>
      </div>
      <div className={`card ${styles.watch}`} aria-live="polite">
        <Line isDone={click !== undefined} what={click === undefined ? words.clickWaits : words.clickCame}>
          {click !== undefined && `${showTime(click.createdAt, zone)} · ${words.clickFrom(click.country, click.device)} · ${click.cid}`}
        </Line>
        <Line isDone={arrived.length > 0} what={arrived.length === 0 ? words.postbackWaits : words.postbackCame}>
          {arrived.map((postback) => (
            <LogLine key={postback.id} postback={postback} />
          ))}
        </Line>
        <Line isDone={conversion !== undefined} what={conversion === undefined ? words.conversionWaits : words.conversionCame}>
          {conversion !== undefined &&
            words.conversionIs(shared.statuses[conversion.status] ?? conversion.status, showMoney(conversion.payout, conversion.currency))}
        </Line>
      </div>
      {conversion !== undefined && <p className={styles.hint}>{words.all}</p>}
    </StepFrame>
  );
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
