import { Button, Tooltip } from '@mantine/core';
import { useMemo } from 'react';
import { MACROS, parseOfferUrl } from '../../../src/offers/landing-url';
import type { Schemas } from '../api/client';
import { ourMacros } from '../parts/macro-spans';
import { MacroField } from '../parts/Macros';
import styles from './OfferUrl.module.css';
import { sentUrl, withClickId } from './sent-url';
import { words } from './strings';

const NAMES = MACROS.map(({ name }) => name);

/** The offer's URL with its macros lit as one types, what is odd about it, and the macros to click in. */
export function OfferUrl(props: {
  field: React.RefObject<HTMLTextAreaElement | null>;
  url: string;
  onChange: (url: string) => void;
  source: Schemas['OfferSourceAnswer'] | null;
  error: string | undefined;
  readOnly: boolean;
}) {
  const { url, onChange, field, source } = props;
  const { spans, used, unknown } = useMemo(() => ourMacros(url, NAMES), [url]);
  // The rules are the program's own, so that the page says at once what saving would say.
  const { errors, warnings } = useMemo(() => (url === '' ? { errors: [], warnings: [] } : parseOfferUrl(url, source)), [url, source]);
  const own = errors[0]?.message;
  const sent = useMemo(() => (source === null || errors.length > 0 ? null : sentUrl(url, source)), [url, source, errors]);
  const blocked = sent?.own?.carriesClickId === false ? sent.own.name : null;

  const putIn = (name: string): void => {
    const area = field.current;
    const start = area?.selectionStart ?? url.length;
    const end = area?.selectionEnd ?? url.length;
    const macro = `{${name}}`;
    onChange(url.slice(0, start) + macro + url.slice(end));
    requestAnimationFrame(() => {
      area?.focus();
      area?.setSelectionRange(start + macro.length, start + macro.length);
    });
  };

  return (
    <>
      <MacroField
        label={words.url}
        required
        field={field}
        value={url}
        onChange={onChange}
        spans={spans}
        placeholder={words.urlPlaceholder}
        readOnly={props.readOnly}
        error={own === undefined ? props.error : `${words.url} ${own}`}
        description={
          <div aria-live="polite" className={styles.notes}>
            {unknown.map(({ start, end, nearest }) => {
              const written = url.slice(start, end);
              return (
                <div key={start} className={styles.note}>
                  {nearest === null ? words.unknown(written) : words.meant(written, nearest)}
                  {nearest !== null && !props.readOnly && (
                    <Button
                      size="compact-xs"
                      variant="light"
                      onClick={() => onChange(`${url.slice(0, start)}{${nearest}}${url.slice(end)}`)}
                    >
                      {words.replace}
                    </Button>
                  )}
                </div>
              );
            })}
            {warnings
              // That no click id travels is said once, with its cure.
              .filter((warning) => !/is not a known macro/.test(warning) && !(blocked !== null && /no click id/i.test(warning)))
              .map((warning) => (
                <div key={warning} className={styles.note}>
                  {warning[0]?.toUpperCase()}
                  {warning.slice(1)}.
                </div>
              ))}
            {blocked !== null && (
              <div className={styles.note}>
                {words.withoutClickId(blocked)}
                {!props.readOnly && (
                  <Button size="compact-xs" variant="light" onClick={() => onChange(withClickId(url, blocked))}>
                    {words.putClickId(blocked)}
                  </Button>
                )}
              </div>
            )}
            {sent?.own?.carriesClickId === true && <div className={styles.adds}>{words.carriesClickId(sent.own.name)}</div>}
            {sent !== null && sent.added !== '' && <div className={styles.adds}>{words.sourceAdds(sent.added)}</div>}
          </div>
        }
      />
      <div role="group" aria-label={words.macros}>
        <div className={styles.title}>
          {words.macros} <span>{words.macrosHint}</span>
        </div>
        <div className={styles.macros}>
          {MACROS.map(({ name, description, sample }) => (
            <Tooltip key={name} label={`${description}. For example: ${sample}`}>
              <button
                type="button"
                className={styles.macro}
                data-used={used.has(name)}
                aria-pressed={used.has(name)}
                disabled={props.readOnly}
                onClick={() => putIn(name)}
              >
                {`{${name}}`}
              </button>
            </Tooltip>
          ))}
        </div>
      </div>
    </>
  );
}
