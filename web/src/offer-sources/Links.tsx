import { Anchor, Select, TextInput } from '@mantine/core';
import { joinOfferUrlTemplate } from '../../../src/offer-sources/offer-url-template';
import { postbackUrl, postbackUrls } from '../../../src/offer-sources/postback-url';
import { useNetworks } from '../api/catalog';
import { CopyLine } from '../parts/Copy';
import { Form, Section } from '../parts/Form';
import { LinkBuilder } from '../parts/LinkBuilder';
import { Lit, MacroField } from '../parts/Macros';
import { networkMacros, ourMacros } from '../parts/macro-spans';
import { useMay } from '../session';
import { templateFields } from './draft';
import styles from './Links.module.css';
import type { TabProps } from './OfferSource';
import { words } from './strings';

const EXAMPLE = 'https://network.example/offer/42';
const MACROS = ['url', 'cidparameter', 'clickid', 'cid'];

/** The seed's window: the parameter of the offer's link, and the link builder that writes the postback URL. */
export function Links({ draft, set, stored, network, errors, readOnly, onSubmit }: TabProps & { onSubmit: () => void }) {
  const networks = useNetworks().data ?? [];
  const maySeeTokens = useMay('write');
  const known = stored?.postbackUrl?.split('?')[0];
  const base = known ?? `${window.location.origin}/postback/…`;
  const one = postbackUrl(base, draft.linkBuilder);
  const perStatus = postbackUrls(base, draft.linkBuilder, network?.variants ?? []);
  const example = joinOfferUrlTemplate(EXAMPLE, draft.offerUrlTemplate, draft.cidParameter);

  return (
    <Form
      id="offer-source"
      onSubmit={onSubmit}
      main={
        <>
          <Section columns>
            <TextInput
              label={words.name}
              required
              maxLength={200}
              readOnly={readOnly}
              value={draft.name}
              error={errors.name}
              onChange={(event) => set({ name: event.currentTarget.value })}
            />
            <Select
              label={words.template}
              description={readOnly ? undefined : words.refill}
              inputWrapperOrder={['label', 'input', 'description', 'error']}
              data={networks.map(({ key, name }) => ({ value: key, label: name }))}
              searchable
              allowDeselect={false}
              readOnly={readOnly}
              value={draft.template}
              onChange={(key) => {
                const chosen = networks.find((each) => each.key === key);
                if (chosen !== undefined) set(chosen.key === 'custom' ? { template: 'custom' } : templateFields(chosen));
              }}
            />
            <TextInput
              label={words.cidParameter}
              description={words.cidParameterHint}
              inputWrapperOrder={['label', 'input', 'description', 'error']}
              placeholder="sub1"
              readOnly={readOnly}
              value={draft.cidParameter}
              error={errors.cidParameter}
              onChange={(event) => set({ cidParameter: event.currentTarget.value.trim() })}
            />
            <div data-wide>
              <MacroField
                label={words.offerUrlTemplate}
                value={draft.offerUrlTemplate}
                spans={ourMacros(draft.offerUrlTemplate, MACROS).spans}
                readOnly={readOnly}
                error={errors.offerUrlTemplate}
                onChange={(offerUrlTemplate) => set({ offerUrlTemplate })}
                description={
                  <div className={styles.about}>
                    {words.offerUrlTemplateHint}
                    <div>
                      {words.example}: <code>{example}</code>
                    </div>
                  </div>
                }
              />
            </div>
          </Section>
          <Section title={words.builder} hint={words.builderHint}>
            <LinkBuilder rows={draft.linkBuilder} errors={errors} readOnly={readOnly} onChange={(linkBuilder) => set({ linkBuilder })} />
          </Section>
        </>
      }
      side={
        <>
          <Section
            title={perStatus.length > 0 ? words.postbackUrls : words.postbackUrl}
            hint={perStatus.length > 0 ? words.postbackUrlsHint : words.postbackUrlHint}
          >
            {!maySeeTokens ? (
              <div className={styles.about}>{words.hidden}</div>
            ) : (
              (perStatus.length > 0 ? perStatus : [{ status: null, url: one }]).map(({ status, url }, i) => (
                <div key={url}>
                  {status !== null && <div className={styles.label}>{network?.variants[i]?.label ?? status}</div>}
                  {known === undefined ? (
                    <code className={styles.url}>
                      <Lit text={url} spans={networkMacros(url)} />
                    </code>
                  ) : (
                    <CopyLine text={url} what={words.postbackUrl} spans={networkMacros(url)} primary={perStatus.length === 0} />
                  )}
                </div>
              ))
            )}
            {known === undefined && maySeeTokens && <div className={styles.about}>{words.tokenOnSave}</div>}
          </Section>
          {stored !== null && stored.warnings.length > 0 && (
            <div className={styles.warnings} role="note">
              <ul className={styles.list}>
                {stored.warnings.map((warning) => (
                  <li key={warning}>{warning}</li>
                ))}
              </ul>
            </div>
          )}
          {network !== null && (network.disputed.length > 0 || network.notes.length > 0 || network.docs !== null) && (
            <Section title={network.name}>
              {network.disputed.length > 0 && <Notes title={words.disputed} lines={network.disputed} />}
              {network.notes.length > 0 && <Notes title={words.notes} lines={network.notes} />}
              {network.docs !== null && /^https?:\/\//.test(network.docs) && (
                <Anchor href={network.docs} target="_blank" rel="noreferrer" size="sm">
                  {words.docs}
                </Anchor>
              )}
            </Section>
          )}
        </>
      }
    />
  );
}

function Notes({ title, lines }: { title: string; lines: readonly string[] }) {
  return (
    <div>
      <div className={styles.label}>{title}</div>
      <ul className={styles.list}>
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </div>
  );
}
