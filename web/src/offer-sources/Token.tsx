import { Button, Select } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { sourceQuery } from '../api/catalog';
import { answered, api, type Schemas } from '../api/client';
import { queries } from '../api/queries';
import { CopyLine } from '../parts/Copy';
import { Section } from '../parts/Form';
import { showTime } from '../parts/format';
import { networkMacros } from '../parts/macro-spans';
import { say, sayError } from '../parts/toast';
import { Unreachable } from '../parts/Unreachable';
import { useZone } from '../period';
import { useMay } from '../session';
import styles from './Links.module.css';
import { words } from './strings';

const t = words.token;

/** The secret in the postback URL: shown, copied, and changed without losing a postback. */
export function Token({ stored }: { stored: Schemas['OfferSourceAnswer'] }) {
  const mayWrite = useMay('write');
  const zone = useZone();
  const [grace, setGrace] = useState('72');
  const rotate = useMutation({
    mutationFn: () =>
      answered(
        api.POST('/api/v1/offer-sources/{id}/rotate-token', { params: { path: { id: stored.id } }, body: { graceHours: Number(grace) } }),
      ),
    onSuccess: () => {
      say(t.rotated);
      return queries.invalidateQueries({ queryKey: sourceQuery(stored.id).queryKey });
    },
    onError: sayError,
  });
  const url = rotate.data?.postbackUrl ?? stored.postbackUrl;
  if (!mayWrite)
    return (
      <Section title={t.title} hint={t.hint}>
        <div className={styles.about}>{words.hidden}</div>
      </Section>
    );
  return (
    <Section title={t.title} hint={t.hint}>
      <Unreachable url={url} />
      {url !== null && <CopyLine text={url} what={words.postbackUrl} spans={networkMacros(url)} primary />}
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: 8, alignItems: 'end' }}>
        <Select
          label={t.grace}
          data={Object.entries(t.graces).map(([value, label]) => ({ value, label }))}
          allowDeselect={false}
          value={grace}
          onChange={(value) => setGrace(value ?? '72')}
        />
        <Button variant="default" loading={rotate.isPending} onClick={() => rotate.mutate()}>
          {t.rotate}
        </Button>
      </div>
      {rotate.data !== undefined && (
        <div role="status">
          <div className={styles.label}>{t.valid}</div>
          <ul className={styles.list}>
            {rotate.data.tokens.map(({ id, createdAt, expiresAt }) => (
              <li key={id}>
                {t.made} {showTime(createdAt, zone)}, {expiresAt === null ? t.inUse : t.until(showTime(expiresAt, zone))}
              </li>
            ))}
          </ul>
        </div>
      )}
    </Section>
  );
}
