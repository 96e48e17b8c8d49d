import { Autocomplete, Button, NumberInput, Select, Switch, TagsInput, Textarea, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import type { Rules as RuleSet } from '../../../src/conversions/conversion';
import { useBaseCurrency } from '../api/catalog';
import { Form, Section } from '../parts/Form';
import { showMoney } from '../parts/format';
import { words as shared } from '../parts/strings';
import type { SourceDraft } from './draft';
import type { TabProps } from './OfferSource';
import { type Said, tryOut } from './rule-examples';
import styles from './Rules.module.css';
import { words } from './strings';

const MEANINGS = ['pending', 'approved', 'rejected', 'trash', 'reversed', 'unmapped', 'ignored'] as const;
const t = words.rules;
const options = (labels: Record<string, string>) => Object.entries(labels).map(([value, label]) => ({ value, label }));
const sale = (payout: string, rest: Partial<Said> = {}): Said => ({ meaning: 'approved', values: { payout }, ...rest });

/** How postbacks are read, each rule with what it does to an example. */
export function Rules({ draft, set, network, errors, readOnly, onSubmit }: TabProps & { onSubmit: () => void }) {
  const base = useBaseCurrency() ?? '';
  const currency = draft.defaultCurrency ?? base;
  const rules: RuleSet = {
    duplicateMode: draft.duplicateMode,
    transitionPolicy: draft.transitionPolicy,
    amountSign: draft.amountSign,
    retryWindowSeconds: draft.retryWindowSeconds,
    clickExpiryDays: draft.clickExpiryDays,
    eventMakesConversion: draft.eventMakesConversion,
    defaultStatus: draft.defaultStatus,
    defaultCurrency: draft.defaultCurrency,
    baseCurrency: base,
    payoutMode: 'auto',
    offerPayout: null,
    offerCurrency: null,
  };
  const example = (said: string, requests: readonly Said[]): ReactNode => (
    <Example said={said} rules={rules} requests={requests} currency={currency} />
  );
  const [aliases, setAliases] = useState(() =>
    Object.entries(draft.parameterAliases)
      .map(([theirs, ours]) => `${theirs} = ${ours}`)
      .join('\n'),
  );
  const missing = network?.knownIps.filter((ip) => !draft.allowedIps.includes(ip)) ?? [];

  return (
    <Form
      id="offer-source"
      onSubmit={onSubmit}
      main={
        <>
          <Section title={t.counting}>
            <Rule example={example('sale 10, then sale 12', [sale('10'), sale('12')])}>
              <Select
                label={t.duplicateMode}
                data={options(t.duplicateModes)}
                allowDeselect={false}
                readOnly={readOnly}
                value={draft.duplicateMode}
                onChange={(value) => set({ duplicateMode: value as SourceDraft['duplicateMode'] })}
              />
            </Rule>
            <Rule example={example('sale 10, then hold', [sale('10'), { meaning: 'pending' }])}>
              <Select
                label={t.transitionPolicy}
                data={options(t.transitionPolicies)}
                allowDeselect={false}
                readOnly={readOnly}
                value={draft.transitionPolicy}
                onChange={(value) => set({ transitionPolicy: value as SourceDraft['transitionPolicy'] })}
              />
            </Rule>
            <Rule example={example('a click, then payout=10', [{ meaning: null, values: { payout: '10' } }])}>
              <Select
                label={t.defaultStatus}
                data={MEANINGS.map((value) => ({ value, label: shared.statuses[value] ?? value }))}
                allowDeselect={false}
                readOnly={readOnly}
                value={draft.defaultStatus}
                onChange={(value) => set({ defaultStatus: value as SourceDraft['defaultStatus'] })}
              />
            </Rule>
            <Rule example={example('sale 10, and the same again at once', [sale('10'), sale('10')])}>
              <NumberInput
                label={t.retryWindowSeconds}
                description={t.retryWindowHint}
                min={0}
                max={86_400}
                allowDecimal={false}
                readOnly={readOnly}
                value={draft.retryWindowSeconds}
                error={errors.retryWindowSeconds}
                onChange={(value) => set({ retryWindowSeconds: Number(value) })}
              />
            </Rule>
            <Rule
              example={example(`a sale ${(draft.clickExpiryDays ?? 90) + 1} days after the click`, [
                sale('10', { days: (draft.clickExpiryDays ?? 90) + 1 }),
              ])}
            >
              <NumberInput
                label={t.clickExpiryDays}
                description={t.clickExpiryHint}
                placeholder={t.never}
                min={1}
                max={3_650}
                allowDecimal={false}
                readOnly={readOnly}
                value={draft.clickExpiryDays ?? ''}
                error={errors.clickExpiryDays}
                onChange={(value) => set({ clickExpiryDays: value === '' ? null : Number(value) })}
              />
            </Rule>
            <Rule example={example('event1=5 alone', [{ meaning: null, values: { events: { event1: '5' } } }])}>
              <Switch
                label={t.eventMakesConversion}
                disabled={readOnly}
                checked={draft.eventMakesConversion}
                onChange={(event) => set({ eventMakesConversion: event.currentTarget.checked })}
              />
            </Rule>
          </Section>
          <Section title={t.money}>
            <Rule example={example('sale 10, then sale −10', [sale('10'), sale('-10')])}>
              <Select
                label={t.amountSign}
                data={options(t.amountSigns)}
                allowDeselect={false}
                readOnly={readOnly}
                value={draft.amountSign}
                onChange={(value) => set({ amountSign: value === 'signed' ? 'signed' : 'absolute' })}
              />
            </Rule>
            <Rule example={example('sale 10', [sale('10')])}>
              <TextInput
                label={t.defaultCurrency}
                description={t.defaultCurrencyHint}
                placeholder={base === '' ? t.baseCurrency : `${base}, the ${t.baseCurrency}`}
                maxLength={10}
                readOnly={readOnly}
                value={draft.defaultCurrency ?? ''}
                error={errors.defaultCurrency}
                onChange={(event) =>
                  set({ defaultCurrency: event.currentTarget.value.trim() === '' ? null : event.currentTarget.value.trim().toUpperCase() })
                }
              />
            </Rule>
          </Section>
        </>
      }
      side={
        <>
          <Section title={t.protection}>
            <Switch
              label={t.enabled}
              description={t.enabledHint}
              disabled={readOnly}
              checked={draft.enabled}
              onChange={(event) => set({ enabled: event.currentTarget.checked })}
            />
            <Switch
              label={t.requireToken}
              description={t.requireTokenHint}
              disabled={readOnly}
              checked={draft.requireToken}
              onChange={(event) => set({ requireToken: event.currentTarget.checked })}
            />
            <TagsInput
              label={t.allowedIps}
              description={t.allowedIpsHint}
              placeholder="203.0.113.0/24"
              maxTags={200}
              readOnly={readOnly}
              value={draft.allowedIps}
              error={Object.entries(errors).find(([name]) => name.startsWith('allowedIps'))?.[1]}
              onChange={(allowedIps) => set({ allowedIps })}
            />
            {missing.length > 0 && !readOnly && (
              <div className={styles.known}>
                {t.knownIps} {missing.join(', ')}
                <Button size="compact-xs" variant="light" onClick={() => set({ allowedIps: [...draft.allowedIps, ...missing] })}>
                  {t.add}
                </Button>
              </div>
            )}
          </Section>
          <Section title={t.reading}>
            <TextInput
              label={t.successBody}
              placeholder="OK"
              maxLength={64}
              readOnly={readOnly}
              value={draft.successBody ?? ''}
              error={errors.successBody}
              onChange={(event) => set({ successBody: event.currentTarget.value === '' ? null : event.currentTarget.value })}
            />
            <Autocomplete
              label={t.legacyEncoding}
              description={t.legacyEncodingHint}
              placeholder={t.automatic}
              data={['windows-1251', 'windows-1252', 'koi8-r', 'latin1', 'gb18030', 'shift_jis']}
              readOnly={readOnly}
              value={draft.legacyEncoding ?? ''}
              error={errors.legacyEncoding}
              onChange={(value) => set({ legacyEncoding: value.trim() === '' ? null : value.trim() })}
            />
            <Textarea
              label={t.parameterAliases}
              description={t.parameterAliasesHint}
              autosize
              minRows={2}
              readOnly={readOnly}
              value={aliases}
              error={Object.entries(errors).find(([name]) => name.startsWith('parameterAliases'))?.[1]}
              onChange={(event) => {
                setAliases(event.currentTarget.value);
                set({ parameterAliases: aliasesOf(event.currentTarget.value) });
              }}
            />
          </Section>
        </>
      }
    />
  );
}

function aliasesOf(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split('\n').flatMap((line) => {
      const [theirs = '', ours = ''] = line.split('=').map((part) => part.trim());
      return theirs === '' ? [] : [[theirs, ours]];
    }),
  );
}

function Rule({ children, example }: { children: ReactNode; example: ReactNode }) {
  return (
    <div className={styles.rule}>
      <div>{children}</div>
      {example}
    </div>
  );
}

/** “sale 10, then hold → 1 conversion: approved 10.00 USD (stale status)”. */
function Example({ said, rules, requests, currency }: { said: string; rules: RuleSet; requests: readonly Said[]; currency: string }) {
  const { result, conversions } = tryOut(rules, requests);
  const shown = conversions.map(({ status, payout, payoutReversed }) => {
    const amount = payout === null ? '' : ` ${showMoney(payout, currency)}`;
    return `${(shared.statuses[status] ?? status).toLowerCase()}${amount}${payoutReversed === '0' ? '' : `, ${showMoney(payoutReversed)} taken back`}`;
  });
  const refused = ['duplicate', 'duplicate_request', 'stale_status', 'click_expired', 'ignored_status'].includes(result);
  return (
    <div className={styles.example} aria-live="polite">
      <span className={styles.said}>{said}</span>
      <span>
        →{' '}
        {conversions.length === 0
          ? t.noConversion
          : `${conversions.length === 1 ? t.oneConversion : t.manyConversions(conversions.length)}: ${shown.join('; ')}`}
        {refused && (
          <span className={styles.said}>
            {' '}
            ({t.lastOne} {result.replaceAll('_', ' ')})
          </span>
        )}
      </span>
    </div>
  );
}
