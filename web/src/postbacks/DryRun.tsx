import { Button, Textarea } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { sourceQuery, useBaseCurrency } from '../api/catalog';
import { answered, api, fieldErrors } from '../api/client';
import { Back } from '../parts/Back';
import { Facts } from '../parts/Facts';
import { Section } from '../parts/Form';
import { showMoney, showRate, showTime } from '../parts/format';
import { AnchorLink } from '../parts/links';
import { Page } from '../parts/Page';
import { ErrorState } from '../parts/states';
import { words as shared } from '../parts/strings';
import { useZone } from '../period';
import { Reading } from './Reading';
import { words } from './strings';
import { Verdict } from './Verdict';
import styles from './Postbacks.module.css';

/** What a pasted URL would do, and nothing done. The URL stands in the address, so that a colleague sees the same. */
export function DryRun({ url, onTry }: { url: string; onTry: (url: string) => void }) {
  const zone = useZone();
  const base = useBaseCurrency();
  const [text, setText] = useState(url);
  const run = useQuery({
    queryKey: ['dry-run', url],
    enabled: url !== '',
    staleTime: 0,
    retry: false,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => answered(api.POST('/api/v1/postbacks/dry-run', { body: { url }, signal })),
  });
  const errors = fieldErrors(run.error);
  const { data } = run;
  const sourceId = data?.source?.id ?? null;
  const source = useQuery({ ...sourceQuery(sourceId ?? ''), enabled: sourceId !== null });
  return (
    <Page title={words.dryTitle} back={<Back to="/postbacks" label={words.back} />}>
      <Section>
        <form
          className={styles.stack}
          onSubmit={(event) => {
            event.preventDefault();
            const wanted = text.trim();
            if (wanted === url) void run.refetch();
            else onTry(wanted);
          }}
        >
          <Textarea
            label={words.url}
            description={words.dryHint}
            placeholder={words.urlPlaceholder}
            autosize
            minRows={2}
            maxRows={8}
            autoFocus
            required
            value={text}
            error={errors.url}
            onChange={(event) => setText(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || event.shiftKey) return;
              event.preventDefault();
              event.currentTarget.form?.requestSubmit();
            }}
          />
          <Button type="submit" loading={run.isFetching} disabled={text.trim() === ''} w="fit-content">
            {words.tryIt}
          </Button>
        </form>
      </Section>
      {run.error !== null && errors.url === undefined && <ErrorState error={run.error} onRetry={run.refetch} />}
      {data !== undefined && run.error === null && (
        <div className={styles.stack} aria-live="polite">
          <Section title={words.would}>
            <Verdict result={data.result} explanation={data.explanation} warnings={data.warnings}>
              <Facts
                facts={[
                  [words.answer, data.httpStatus],
                  [
                    words.rulesOf,
                    data.source === null ? (
                      words.defaults
                    ) : (
                      <AnchorLink to="/offer-sources" search={{ open: data.source.id }} size="sm">
                        {data.source.name}
                      </AnchorLink>
                    ),
                  ],
                  [
                    words.cid,
                    data.click !== null && (
                      <AnchorLink to="/clicks" search={{ open: data.click.cid }} size="sm">
                        {data.click.cid}, {showTime(data.click.clickedAt, zone)}
                      </AnchorLink>
                    ),
                  ],
                  [
                    words.word,
                    data.status !== null &&
                      (data.status.word === null
                        ? words.noWord(data.status.meaning)
                        : words.wordMeans(data.status.word, data.status.meaning, data.status.mappedBy)),
                  ],
                  [
                    words.change,
                    data.to !== null &&
                      words.statusFromTo(
                        data.from === null ? null : (shared.statuses[data.from] ?? data.from),
                        shared.statuses[data.to] ?? data.to,
                      ),
                  ],
                  [words.money, data.money !== null && showMoney(data.money.payout, data.money.currency)],
                  [
                    words.inBase(base),
                    data.money !== null &&
                      data.money.payoutBase !== null &&
                      data.money.rate !== null &&
                      data.money.currency !== base &&
                      `${showMoney(data.money.payoutBase, base)} ${words.rate(showRate(data.money.rate, base ?? ''), data.money.rateDate, data.money.rateSource ?? '')}`,
                  ],
                ]}
              />
            </Verdict>
          </Section>
          <Section title={words.wouldRead}>
            <Reading
              parameters={queryOf(url)}
              values={data.values}
              aliases={(source.data?.parameterAliases ?? {}) as Record<string, string>}
            />
          </Section>
        </div>
      )}
    </Page>
  );
}

const queryOf = (url: string): string => {
  const at = url.indexOf('?');
  return at < 0 ? '' : url.slice(at + 1).replace(/#.*$/, '');
};
