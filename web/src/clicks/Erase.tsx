import { Button, Checkbox, Select, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { answered, api, fieldErrors } from '../api/client';
import { queries } from '../api/queries';
import { Dialog } from '../parts/Dialog';
import { showCount } from '../parts/format';
import { say, sayError } from '../parts/toast';
import { words } from './strings';
import styles from './Clicks.module.css';

const WAYS = ['cid', 'ip', 'externalId'] as const;
type By = (typeof WAYS)[number];

/** Counted first; then the word is typed, and it is done for good. */
export function Erase({ onClose }: { onClose: () => void }) {
  const [by, setBy] = useState<By>('cid');
  const [person, setPerson] = useState('');
  const [typed, setTyped] = useState('');
  const [force, setForce] = useState(false);
  const whose = { [by]: person.trim() };
  const count = useMutation({
    mutationFn: () => answered(api.POST('/api/v1/clicks/erase', { body: { ...whose, dryRun: true, force: false } })),
    onError: (error) => {
      if (fieldErrors(error)[by] === undefined) sayError(error);
    },
  });
  const anew = (): void => {
    setTyped('');
    setForce(false);
    count.reset();
  };
  const erase = useMutation({
    mutationFn: () => answered(api.POST('/api/v1/clicks/erase', { body: { ...whose, dryRun: false, force } })),
    onSuccess: ({ clicks }) => {
      for (const key of ['clicks', 'conversions', 'postbacks']) void queries.invalidateQueries({ queryKey: [key] });
      say(words.erased(showCount(clicks)));
      onClose();
    },
    onError: sayError,
  });
  const { data } = count;
  const isNobody = data !== undefined && data.clicks + data.conversions + data.postbacks === 0;
  const isReady =
    data !== undefined && !isNobody && typed.trim().toLowerCase() === words.eraseWord && (data.warning === undefined || force);
  return (
    <Dialog onClose={onClose} title={words.eraseTitle} size="lg">
      <div className={styles.stack}>
        <p className={styles.hint}>{words.eraseHint}</p>
        <form
          className={styles.stack}
          onSubmit={(event) => {
            event.preventDefault();
            count.mutate();
          }}
        >
          <div className={styles.person}>
            <Select
              label={words.eraseBy}
              data={WAYS.map((value) => ({ value, label: words.eraseWays[value] }))}
              allowDeselect={false}
              value={by}
              onChange={(value) => {
                setBy(WAYS.find((each) => each === value) ?? 'cid');
                anew();
              }}
            />
            <TextInput
              label={words.eraseWays[by]}
              placeholder={words.eraseExamples[by]}
              required
              maxLength={255}
              data-autofocus
              value={person}
              error={fieldErrors(count.error)[by]}
              onChange={(event) => {
                setPerson(event.currentTarget.value);
                anew();
              }}
            />
          </div>
          <Button type="submit" variant="default" w="fit-content" loading={count.isPending} disabled={person.trim() === ''}>
            {words.count}
          </Button>
        </form>
        {data !== undefined && (
          <form
            className={styles.stack}
            onSubmit={(event) => {
              event.preventDefault();
              if (isReady) erase.mutate();
            }}
          >
            <strong role="status">
              {isNobody ? words.nobody : words.would(showCount(data.clicks), showCount(data.conversions), showCount(data.postbacks))}
            </strong>
            {!isNobody && <p className={styles.hint}>{words.leaves(data.leaves)}</p>}
            {data.warning !== undefined && (
              <>
                <span role="alert">{data.warning}</span>
                <Checkbox label={words.force} checked={force} onChange={(event) => setForce(event.currentTarget.checked)} />
              </>
            )}
            {!isNobody && (
              <>
                <TextInput
                  label={words.typeWord(words.eraseWord)}
                  autoComplete="off"
                  value={typed}
                  onChange={(event) => setTyped(event.currentTarget.value)}
                />
                <Button type="submit" color="red.9" w="fit-content" loading={erase.isPending} disabled={!isReady}>
                  {words.eraseNow}
                </Button>
              </>
            )}
          </form>
        )}
      </div>
    </Dialog>
  );
}
