import { Button, Select, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useSources } from '../api/catalog';
import { answered, api, fieldErrors, type Schemas } from '../api/client';
import { queries } from '../api/queries';
import { bodyOf, draftFrom, type SourceDraft } from '../offer-sources/draft';
import { Networks } from '../offer-sources/Networks';
import { LinkBuilder } from '../parts/LinkBuilder';
import { FormSkeleton } from '../parts/states';
import { sayError } from '../parts/toast';
import { NextButton, StepFrame } from './SetUp';
import styles from './SetUp.module.css';
import { words } from './strings';

/** A network of the catalogue is one click; another one takes its parameter and macros. */
export function NetworkStep({ onDone }: { onDone: (sourceId: string) => void }) {
  const { rows: sources, query: known } = useSources();
  const [custom, setCustom] = useState<SourceDraft | null>(null);
  const create = useMutation({
    mutationFn: (draft: SourceDraft) => answered(api.POST('/api/v1/offer-sources', { body: bodyOf(draft) })),
    onSuccess: (source) => {
      void queries.invalidateQueries({ queryKey: ['offer-sources', 'list'] });
      onDone(source.id);
    },
    onError: (error) => {
      if (Object.keys(fieldErrors(error)).length === 0) sayError(error);
    },
  });
  const choose = (network: Schemas['NetworkAnswer'] | null, name: string): void => {
    const draft = draftFrom(network, freeName(name, sources));
    if (network === null) setCustom(draft);
    else create.mutate(draft);
  };

  if (custom !== null) {
    const errors = fieldErrors(create.error);
    return (
      <StepFrame
        title={words.customTitle}
        hint={words.customHint}
        next={
          <>
            <NextButton form="set-up" busy={create.isPending} />
            <Button variant="default" size="sm" onClick={() => setCustom(null)}>
              {words.back}
            </Button>
          </>
        }
      >
        <form
          id="set-up"
          className={styles.fields}
          onSubmit={(event) => {
            event.preventDefault();
            create.mutate(custom);
          }}
        >
          <div className={styles.pair}>
            <TextInput
              label={words.customName}
              required
              autoFocus
              value={custom.name}
              error={errors.name}
              onChange={(event) => setCustom({ ...custom, name: event.currentTarget.value })}
            />
            <TextInput
              label={words.customParameter}
              placeholder="sub1"
              required
              value={custom.cidParameter}
              error={errors.cidParameter}
              onChange={(event) => setCustom({ ...custom, cidParameter: event.currentTarget.value.trim() })}
            />
          </div>
          <LinkBuilder
            rows={custom.linkBuilder}
            errors={errors}
            readOnly={false}
            onChange={(linkBuilder) => setCustom({ ...custom, linkBuilder })}
          />
        </form>
      </StepFrame>
    );
  }
  return (
    <StepFrame title={words.networkTitle} hint={words.networkHint}>
      {sources.length > 0 && (
        <div className={styles.or}>
          <Select
            label={words.existing}
            placeholder={words.existingPlaceholder}
            data={sources.map(({ id, name }) => ({ value: id, label: name }))}
            searchable
            value={null}
            onChange={(id) => id !== null && onDone(id)}
          />
        </div>
      )}
      {/* Names of one's own come first, and what is above does not push the networks down when it comes. */}
      {known.isPending ? <FormSkeleton /> : <Networks onChoose={choose} />}
    </StepFrame>
  );
}

/** `Affise`, and for the second one `Affise 2`. */
function freeName(name: string, sources: readonly { name: string }[]): string {
  const taken = new Set(sources.map((source) => source.name));
  let free = name;
  for (let i = 2; taken.has(free); i++) free = `${name} ${i}`;
  return free;
}
