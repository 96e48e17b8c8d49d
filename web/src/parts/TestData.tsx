import { Button } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { answered, api } from '../api/client';
import { queries } from '../api/queries';
import { useMay } from '../session';
import { words } from './strings';
import { say, sayError } from './toast';

/** What was made by trying links counts like anything else until it is taken out; here it is. */
export function RemoveTests({ onDone }: { onDone?: () => void }) {
  const mayWrite = useMay('write');
  const remove = useMutation({
    mutationFn: () => answered(api.DELETE('/api/v1/test-data')),
    onSuccess: ({ clicks, conversions }) => {
      for (const key of ['clicks', 'conversions', 'report', 'postbacks']) void queries.invalidateQueries({ queryKey: [key] });
      say(words.testsRemoved(clicks, conversions));
      onDone?.();
    },
    onError: sayError,
  });
  if (!mayWrite) return null;
  return (
    <Button variant="default" leftSection={<IconTrash size={14} />} loading={remove.isPending} onClick={() => remove.mutate()}>
      {words.removeTests}
    </Button>
  );
}
