import { Anchor } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useBaseCurrency, useNames } from '../api/catalog';
import { answered, api, type Schemas } from '../api/client';
import { Back } from '../parts/Back';
import { CopyButton } from '../parts/Copy';
import { CopiedId, Facts } from '../parts/Facts';
import { Section } from '../parts/Form';
import { showMoney, showTime } from '../parts/format';
import { AnchorLink, ButtonLink } from '../parts/links';
import { Page } from '../parts/Page';
import { StatusMark } from '../parts/StatusMark';
import { words as shared } from '../parts/strings';
import { Unreachable } from '../parts/Unreachable';
import { Unread } from '../parts/Unread';
import { useZone } from '../period';
import { curesOf } from '../postbacks/which-cure';
import { Cures, useRightUrl } from '../postbacks/Cures';
import { words as requests } from '../postbacks/strings';
import { useMay } from '../session';
import { words } from './strings';
import styles from './Clicks.module.css';

type Detail = Schemas['ClickDetail'];

/** One click with everything that is known of it, its conversions and its postbacks. */
export function Click({ cid }: { cid: string }) {
  const zone = useZone();
  const nameOf = useNames();
  const mayWrite = useMay('write');
  const base = useBaseCurrency();
  const query = useQuery({
    queryKey: ['clicks', 'one', cid],
    queryFn: ({ signal }) => answered(api.GET('/api/v1/clicks/{cid}', { params: { path: { cid } }, signal })),
  });
  const { data } = query;
  if (query.error !== null || data === undefined)
    return <Unread title={words.one} back={<Back to="/clicks" label={words.back} />} query={query} />;
  const subs = Object.entries(data).flatMap(([name, value]) =>
    /^sub\d+$/.test(name) && typeof value === 'string' && value !== '' ? [[name, <bdi key={name}>{value}</bdi>] as const] : [],
  );
  return (
    <Page
      writesToo
      title={`${words.one}, ${showTime(data.createdAt, zone)}`}
      back={<Back to="/clicks" label={words.back} />}
      actions={
        <>
          <ButtonLink to="/postbacks" search={{ cid: data.cid, period: 'last30days' }} variant="default">
            {words.toLogOf}
          </ButtonLink>
          {mayWrite && (
            <ButtonLink to="/conversions" search={{ open: 'new', cid: data.cid }} variant="default">
              {words.addConversion}
            </ButtonLink>
          )}
        </>
      }
    >
      {data.conversions.length > ONE_CLICK && <OneForAll click={data} />}
      <Section title={words.click}>
        <Facts
          facts={[
            [words.cid, <CopiedId key="cid" text={data.cid} what={shared.clickId} />],
            [words.created, showTime(data.createdAt, zone)],
            [
              words.offer,
              <AnchorLink key="offer" to="/offers" search={{ open: data.offerId }} size="sm">
                {nameOf(data.offerId)}
              </AnchorLink>,
            ],
            [
              words.offerSource,
              data.offerSourceId !== null && (
                <AnchorLink to="/offer-sources" search={{ open: data.offerSourceId }} size="sm">
                  {nameOf(data.offerSourceId)}
                </AnchorLink>
              ),
            ],
            [words.cost, data.cost !== null && showMoney(data.cost, data.costCurrency)],
            [words.costBase, data.costBase !== null && showMoney(data.costBase, base)],
            [words.names.unique ?? '', data.unique ? shared.yes : shared.no],
            [words.names.bot ?? '', data.bot?.replaceAll('_', ' ')],
            [words.names.test ?? '', data.test && shared.yes],
            [words.imported, data.importedCid],
            [words.landing, data.landingUrl !== null && <WebAddress url={data.landingUrl} />],
          ]}
        />
        {data.warnings.length > 0 && (
          <p className={styles.hint}>{data.warnings.map((name) => shared.warnings[name] ?? name).join('. ')}.</p>
        )}
      </Section>
      <Section title={words.conversions}>
        {data.conversions.length === 0 ? (
          <p className={styles.hint}>{words.noConversions}</p>
        ) : (
          <ConversionRows rows={data.conversions} cid={data.cid} />
        )}
      </Section>
      <Section title={words.postbacks}>
        {data.postbacks.length === 0 ? <p className={styles.hint}>{words.noPostbacks}</p> : <PostbackRows rows={data.postbacks} />}
      </Section>
      <Section title={words.traffic}>
        <Facts
          facts={[
            [words.names.source ?? '', data.source],
            [words.names.keyword ?? '', data.keyword],
            [words.names.externalId ?? '', data.externalId],
            [words.referrer, data.referrer !== null && <WebAddress url={data.referrer} />],
            ...subs,
          ]}
        />
        {subs.length === 0 && <p className={styles.hint}>{words.noSubs}</p>}
      </Section>
      <Section title={words.where}>
        <Facts
          nothing={words.nothingKnown}
          facts={[
            [words.names.country ?? '', data.country],
            [words.names.region ?? '', data.region],
            [words.names.city ?? '', data.city],
            [words.names.isp ?? '', data.isp],
            [words.names.device ?? '', [data.device, data.deviceBrand, data.deviceModel].filter((each) => each !== null).join(' ')],
            [words.names.os ?? '', [data.os, data.osVersion].filter((each) => each !== null).join(' ')],
            [words.names.browser ?? '', [data.browser, data.browserVersion].filter((each) => each !== null).join(' ')],
            [words.names.language ?? '', data.language],
            [words.ip, data.ip],
            [words.userAgent, data.userAgent !== null && <bdi>{data.userAgent}</bdi>],
          ]}
        />
      </Section>
    </Page>
  );
}

/** A link only where it is one of the web; whoever wrote it, it is shown as it is. */
function WebAddress({ url }: { url: string }) {
  if (!/^https?:\/\//i.test(url)) return <bdi>{url}</bdi>;
  return (
    <Anchor href={url} target="_blank" rel="noreferrer" size="sm" className={styles.address}>
      <bdi>{url}</bdi>
    </Anchor>
  );
}

/** As many as one reads; the list has them all. */
const SHOWN = 50;
/** From so many on, the network has sent all its sales to this click (one_click_for_all). */
const ONE_CLICK = 1_000;

/** A network that sends a fixed text in place of its macro has all its sales on the click of that text. */
function OneForAll({ click }: { click: Detail }) {
  const mayWrite = useMay('write');
  const url = useRightUrl(click.cid, null, null);
  return (
    <Section
      title={words.oneForAll}
      hint={words.oneForAllHint}
      actions={
        mayWrite &&
        url !== null &&
        url !== undefined && <CopyButton text={url.url} what={requests.urlOf(url.name)} label={requests.copyUrlOf(url.name)} primary />
      }
    >
      {mayWrite && <Unreachable url={url?.url} />}
    </Section>
  );
}

function ConversionRows({ rows: all, cid }: { rows: Detail['conversions']; cid: string }) {
  const zone = useZone();
  const rows = all.slice(0, SHOWN);
  return (
    <div className={styles.rows}>
      {rows.map((each) => (
        <div key={each.id} className={styles.row}>
          <time>{showTime(each.convertedAt, zone)}</time>
          <StatusMark status={each.status} />
          <strong>{showMoney(each.payout, each.currency)}</strong>
          <AnchorLink to="/conversions" search={{ open: each.id }} size="sm">
            <bdi>{each.txid ?? each.id}</bdi>
          </AnchorLink>
        </div>
      ))}
      {all.length > SHOWN && (
        <AnchorLink to="/conversions" search={{ cid, period: 'last30days' }} size="sm">
          {words.allConversions}
        </AnchorLink>
      )}
    </div>
  );
}

function PostbackRows({ rows }: { rows: Detail['postbacks'] }) {
  const zone = useZone();
  return (
    <div className={styles.rows}>
      {rows.map((each) => (
        <div key={each.id} className={styles.row}>
          <time>{showTime(each.receivedAt, zone)}</time>
          <StatusMark status={each.result} />
          <AnchorLink to="/postbacks" search={{ open: each.id }} size="sm" className={`one-line ${styles.query}`}>
            {each.query === '' ? each.method : each.query}
          </AnchorLink>
          <p className={styles.said}>
            <bdi>{each.explanation}</bdi>
          </p>
          {curesOf(each).length > 0 && (
            <div className={styles.cures}>
              <Cures row={each} />
            </div>
          )}
        </div>
      ))}
    </div>
  );
}
