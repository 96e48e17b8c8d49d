import { useId } from 'react';
import styles from './Macros.module.css';

/** A part of a text that is shown in its own way. */
export interface Span {
  start: number;
  end: number;
  kind: 'lit' | 'bad' | 'new';
}

/** A text with its macros lit. */
export function Lit({ text, spans }: { text: string; spans: readonly Span[] }) {
  const pieces: React.ReactNode[] = [];
  let from = 0;
  for (const { start, end, kind } of spans) {
    if (start > from) pieces.push(text.slice(from, start));
    pieces.push(
      <mark key={start} className={styles[kind]}>
        {text.slice(start, end)}
      </mark>,
    );
    from = end;
  }
  pieces.push(text.slice(from));
  return <>{pieces}</>;
}

/** A field in which macros light up as one types. What is typed stays plain text: the light lies behind it. */
export function MacroField(props: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  spans: readonly Span[];
  field?: React.Ref<HTMLTextAreaElement>;
  description?: React.ReactNode;
  error?: string | undefined;
  placeholder?: string;
  required?: boolean;
  readOnly?: boolean;
  /** The label is for those who hear the page only. */
  bare?: boolean;
}) {
  const id = useId();
  const { value, error } = props;
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={props.bare === true ? 'visually-hidden' : styles.label}>
        {props.label}
        {props.required === true && (
          <span aria-hidden className={styles.required}>
            {' *'}
          </span>
        )}
      </label>
      <div className={styles.box} data-error={error !== undefined} data-readonly={props.readOnly}>
        <div className={styles.behind} aria-hidden>
          {/* As high as what is written, or as what is said while nothing is. */}
          {value === '' ? <span className={styles.unwritten}>{props.placeholder}</span> : <Lit text={value} spans={props.spans} />}
          {/* A last line that is empty is as high as one with text. */}
          {'\u200b'}
        </div>
        <textarea
          id={id}
          ref={props.field}
          className={styles.text}
          rows={1}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          value={value}
          placeholder={props.placeholder}
          required={props.required}
          readOnly={props.readOnly}
          aria-invalid={error !== undefined}
          aria-describedby={`${id}-about`}
          onChange={(event) => props.onChange(event.currentTarget.value.replaceAll(/[\r\n]+/g, ''))}
          onKeyDown={(event) => {
            // One line of text, however it is broken on the screen: Enter belongs to the form.
            if (event.key !== 'Enter') return;
            event.preventDefault();
            event.currentTarget.form?.requestSubmit();
          }}
        />
      </div>
      <div id={`${id}-about`} className={styles.about}>
        {error !== undefined && <p className={styles.error}>{error}</p>}
        {props.description}
      </div>
    </div>
  );
}
