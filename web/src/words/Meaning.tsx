import '@mantine/core/styles/Radio.css';
import { Button, Radio, Select, Switch } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { sourceQuery } from '../api/catalog';
import { answered, api } from '../api/client';
import { queries } from '../api/queries';
import { Dialog } from '../parts/Dialog';
import { showMoney } from '../parts/format';
import { JobProgress } from '../parts/Job';
import { words as shared } from '../parts/strings';
import { say, sayError } from '../parts/toast';
import { useMay, useSession } from '../session';
import { words } from './strings';
import { MappedWords, type Row } from './Words';
import styles from './Words.module.css';

const MEANINGS = ['approved', 'pending', 'rejected', 'trash', 'reversed', 'ignored'] as const;
type Status = (typeof MEANINGS)[number];
const labelOf = (status: Status): string => shared.statuses[status] ?? status;

/** One word: what it means, where, and what that would change before it is done. */
export function Meaning({
  row: asked,
  sourceName,
  base,
  onClose,
}: {
  row: Row | null;
  sourceName: string;
  base: string | undefined;
  onClose: () => void;
}) {
  // Once it has its meaning it leaves the list; what is being done with it stays on the screen.
  const [row] = useState(asked);
  const mayWrite = useMay('write');
  const { role } = useSession();
  const offerSourceId = row?.offerSourceId ?? null;
  const [status, setStatus] = useState<Status | null>(null);
  const [isAccount, setIsAccount] = useState(offerSourceId === null);
  const [reapply, setReapply] = useState(true);

  const apply = useMutation({
    mutationFn: async (meaning: Status): Promise<string | null> => {
      const word = (row?.word ?? '').toLowerCase();
      if (isAccount || offerSourceId === null) {
        const { statusMap } = await answered(api.GET('/api/v1/statuses/map'));
        return (await answered(api.PUT('/api/v1/statuses/map', { body: { statusMap: { ...statusMap, [word]: meaning }, reapply } }))).jobId;
      }
      const source = await answered(api.GET('/api/v1/offer-sources/{id}', { params: { path: { id: offerSourceId } } }));
      const saved = await answered(
        api.PATCH('/api/v1/offer-sources/{id}', {
          params: { path: { id: offerSourceId }, header: { 'If-Match': `"${source.version}"` } },
          body: { statusMap: { ...source.statusMap, [word]: meaning }, reapply },
        }),
      );
      return saved.jobId ?? null;
    },
    onError: sayError,
    onSuccess: (jobId, meaning) => {
      say(words.saved(row?.word ?? '', labelOf(meaning)));
      if (offerSourceId !== null) void queries.invalidateQueries({ queryKey: sourceQuery(offerSourceId).queryKey });
      void queries.invalidateQueries({ queryKey: ['unmapped'] });
      if (jobId === null) onClose();
    },
  });
  const jobId = apply.data ?? null;

  return (
    <Dialog onClose={onClose} size={520} title={row === null ? words.gone : words.choose(row.word)}>
      {row === null ? (
        <div className={styles.foot}>
          <Button variant="default" onClick={onClose}>
            {words.close}
          </Button>
        </div>
      ) : jobId !== null ? (
        <div className={styles.fields}>
          <JobProgress
            id={jobId}
            onDone={() => {
              say(words.finished);
              void queries.invalidateQueries({ queryKey: ['unmapped'] });
              void queries.invalidateQueries({ queryKey: ['report'] });
            }}
          />
          <p className={styles.hint}>
            <MappedWords offerSourceId={isAccount ? null : offerSourceId} />
          </p>
          <div className={styles.foot}>
            <Button onClick={onClose}>{words.close}</Button>
          </div>
        </div>
      ) : !mayWrite ? (
        <div className={styles.fields}>
          <div>{words.readOnly(role)}</div>
          <div className={styles.foot}>
            <Button variant="default" onClick={onClose}>
              {words.close}
            </Button>
          </div>
        </div>
      ) : (
        <form
          className={styles.fields}
          onSubmit={(event) => {
            event.preventDefault();
            if (status !== null) apply.mutate(status);
          }}
        >
          <Select
            label={words.meaning}
            placeholder={words.pick}
            data-autofocus
            data={MEANINGS.map((value) => ({ value, label: labelOf(value) }))}
            renderOption={({ option }) => (
              <span className={styles.option}>
                {option.label}
                <small>{words.meaningHints[option.value as Status]}</small>
              </span>
            )}
            value={status}
            onChange={(value) => setStatus(MEANINGS.find((each) => each === value) ?? null)}
          />
          <Radio.Group label={words.where} value={isAccount ? 'account' : 'source'} onChange={(value) => setIsAccount(value === 'account')}>
            <div className={styles.fields} style={{ gap: 8, marginTop: 6 }}>
              {offerSourceId !== null && <Radio size="xs" value="source" label={words.whereSource(sourceName)} />}
              <Radio size="xs" value="account" label={words.whereAccount} />
            </div>
          </Radio.Group>
          <Switch
            label={words.reapply}
            description={words.reapplyHint}
            checked={reapply}
            onChange={(event) => setReapply(event.currentTarget.checked)}
          />
          {status !== null && (
            <div className={styles.effect} aria-live="polite">
              <strong>
                {reapply
                  ? words.effectOf(words.conversions(row.count), showMoney(row.money, base), labelOf(status).toLowerCase())
                  : words.effectNone(words.conversions(row.count))}
              </strong>
              {reapply && <p>{isAccount && offerSourceId !== null ? words.effectAccount : words.effectRules}</p>}
            </div>
          )}
          <div className={styles.foot}>
            <Button variant="default" onClick={onClose}>
              {shared.cancel}
            </Button>
            <Button type="submit" disabled={status === null} loading={apply.isPending}>
              {words.apply}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
