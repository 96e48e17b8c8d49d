import { Button, Select, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { answered, api, ApiProblem, fieldErrors } from '../api/client';
import { queries } from '../api/queries';
import { Back } from '../parts/Back';
import { Closed } from '../parts/Closed';
import { Section } from '../parts/Form';
import { Page } from '../parts/Page';
import { words as shared } from '../parts/strings';
import { say, sayError } from '../parts/toast';
import { useMay } from '../session';
import { BY_HAND, type ByHand } from './Conversion';
import { words } from './strings';

/** A conversion whose postback never came. */
export function AddConversion({ cid: start }: { cid: string }) {
  const navigate = useNavigate({ from: '/conversions' });
  const mayWrite = useMay('write');
  const [cid, setCid] = useState(start);
  const [status, setStatus] = useState<ByHand>('approved');
  const [payout, setPayout] = useState('');
  const [currency, setCurrency] = useState('');
  const [txid, setTxid] = useState('');
  const [note, setNote] = useState('');
  const given = (name: string, value: string) => (value.trim() === '' ? {} : { [name]: value.trim() });
  const add = useMutation({
    mutationFn: () =>
      answered(
        api.POST('/api/v1/conversions', {
          body: {
            cid: cid.trim(),
            status,
            ...given('payout', payout.replace(',', '.')),
            ...given('currency', currency),
            ...given('txid', txid),
            ...given('note', note),
          },
        }),
      ),
    onSuccess: async ({ id }) => {
      for (const key of ['conversions', 'clicks', 'report']) void queries.invalidateQueries({ queryKey: [key] });
      say(words.added);
      await navigate({ search: (before) => ({ ...before, open: id }), replace: true });
    },
    onError: (error) => {
      if (!(error instanceof ApiProblem) || error.errors.length === 0) sayError(error);
    },
  });
  const errors = fieldErrors(add.error);
  if (!mayWrite)
    return (
      <Page title={words.addTitle} back={<Back to="/conversions" label={words.back} />}>
        <Closed what={words.addTitle} who={shared.writers} />
      </Page>
    );
  return (
    <Page title={words.addTitle} back={<Back to="/conversions" label={words.back} />} write>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate();
        }}
      >
        <Section
          hint={words.addHint}
          columns
          title={words.one}
          submit={
            <Button type="submit" loading={add.isPending} disabled={cid.trim() === ''}>
              {words.add}
            </Button>
          }
        >
          <TextInput
            label={words.cid}
            description={words.cidHint}
            required
            maxLength={128}
            autoFocus
            wrapperProps={{ 'data-wide': true }}
            value={cid}
            error={errors.cid}
            onChange={(event) => setCid(event.currentTarget.value)}
          />
          <Select
            label={words.status}
            data={BY_HAND.map((value) => ({ value, label: shared.statuses[value] ?? value }))}
            allowDeselect={false}
            value={status}
            error={errors.status}
            onChange={(value) => setStatus(BY_HAND.find((each) => each === value) ?? 'approved')}
          />
          <TextInput
            label={words.payout}
            placeholder={words.asOffer}
            inputMode="decimal"
            value={payout}
            error={errors.payout}
            onChange={(event) => setPayout(event.currentTarget.value)}
          />
          <TextInput
            label={words.currency}
            placeholder={words.asOffer}
            maxLength={10}
            value={currency}
            error={errors.currency}
            onChange={(event) => setCurrency(event.currentTarget.value.toUpperCase())}
          />
          <TextInput
            label={words.txid}
            description={words.txidHint}
            maxLength={191}
            wrapperProps={{ 'data-wide': true }}
            value={txid}
            error={errors.txid}
            onChange={(event) => setTxid(event.currentTarget.value)}
          />
          <TextInput
            label={words.note}
            placeholder={words.notePlaceholder}
            maxLength={500}
            wrapperProps={{ 'data-wide': true }}
            value={note}
            error={errors.note}
            onChange={(event) => setNote(event.currentTarget.value)}
          />
        </Section>
      </form>
    </Page>
  );
}
