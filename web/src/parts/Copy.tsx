import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import styles from './Copy.module.css';
import { Lit, type Span } from './Macros';
import { words } from './strings';
import { sayError } from './toast';

/** Copies a text as it stands: a macro keeps its braces. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Over plain http browsers offer only the old way.
    const area = document.createElement('textarea');
    area.value = text;
    area.style.position = 'fixed';
    area.style.opacity = '0';
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    if (!done) sayError(new Error(words.copyFailed));
    return done;
  }
}

function useCopy(text: string): { copied: boolean; run: () => void } {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), 1_600);
    return () => clearTimeout(timer);
  }, [copied]);
  return { copied, run: () => void copy(text).then(setCopied) };
}

/** @param what named to those who do not see where it stands: “tracking link” */
export function CopyIcon({ text, what }: { text: string; what: string }) {
  const { copied, run } = useCopy(text);
  return (
    <Tooltip label={copied ? words.copied : `${words.copy} ${what}`}>
      <ActionIcon
        aria-label={copied ? words.copied : `${words.copy} ${what}`}
        color={copied ? 'cidra' : 'gray'}
        onClick={(event) => {
          event.stopPropagation();
          run();
        }}
      >
        {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
      </ActionIcon>
    </Tooltip>
  );
}

export function CopyButton({
  text,
  what,
  primary = false,
  label = words.copy,
}: {
  text: string;
  what: string;
  primary?: boolean;
  label?: string;
}) {
  const { copied, run } = useCopy(text);
  return (
    <Button
      variant={primary ? 'filled' : 'default'}
      // What is read out has to contain what is seen.
      aria-label={copied || label !== words.copy ? undefined : `${words.copy} ${what}`}
      leftSection={copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
      onClick={run}
    >
      {copied ? words.copied : label}
    </Button>
  );
}

/** A text that is to be pasted elsewhere, with its button. */
export function CopyLine({ text, what, primary = false, spans = [] }: { text: string; what: string; primary?: boolean; spans?: Span[] }) {
  return (
    <div className={styles.line}>
      <code className={styles.text}>
        <Lit text={text} spans={spans} />
      </code>
      <CopyButton text={text} what={what} primary={primary} />
    </div>
  );
}
