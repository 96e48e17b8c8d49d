import { TextInput } from '@mantine/core';
import { IconPencilPlus, IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { useNetworks } from '../api/catalog';
import type { Schemas } from '../api/client';
import { ErrorState, FormSkeleton } from '../parts/states';
import styles from './Networks.module.css';
import { words } from './strings';

/** The catalogue to choose from; `null` is a network of which nothing is known, with the name that was looked for. */
export function Networks({ onChoose }: { onChoose: (network: Schemas['NetworkAnswer'] | null, name: string) => void }) {
  const networks = useNetworks();
  const [text, setText] = useState('');
  if (networks.error !== null) return <ErrorState error={networks.error} onRetry={networks.refetch} />;
  if (networks.data === undefined) return <FormSkeleton />;
  const wanted = text
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');
  const found = networks.data.filter(
    ({ name, key }) =>
      key !== 'custom' &&
      `${name} ${key}`
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}]/gu, '')
        .includes(wanted),
  );
  return (
    <div className={styles.networks}>
      <TextInput
        size="sm"
        className={styles.search}
        aria-label={words.find}
        placeholder={words.find}
        leftSection={<IconSearch size={15} />}
        autoFocus
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return;
          event.preventDefault();
          const [first] = found;
          if (wanted !== '') onChoose(first ?? null, text.trim());
        }}
      />
      {found.length === 0 && <p className={styles.none}>{words.noNetwork}</p>}
      <div className={styles.grid}>
        {found.map((network) => (
          <button type="button" key={network.key} className={styles.card} onClick={() => onChoose(network, network.name)}>
            <span className={styles.name}>{network.name}</span>
            <code className={styles.about}>
              {network.cidParameter === '' ? '–' : `${network.cidParameter}=${network.linkBuilder.cid ?? ''}`}
            </code>
          </button>
        ))}
        <button type="button" className={styles.card} data-custom onClick={() => onChoose(null, text.trim())}>
          <span className={styles.name}>
            <IconPencilPlus size={15} aria-hidden />{' '}
            {text.trim() === '' || found.length > 0 ? words.customCard : words.asCustom(text.trim())}
          </span>
          <span className={styles.about}>{words.customHint}</span>
        </button>
      </div>
    </div>
  );
}
