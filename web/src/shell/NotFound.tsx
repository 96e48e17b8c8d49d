import { IconMapQuestion } from '@tabler/icons-react';
import { ButtonLink } from '../parts/links';
import { State } from '../parts/states';
import { words } from './strings';

export function NotFound() {
  return (
    <State
      icon={<IconMapQuestion size={22} />}
      title={words.notFound}
      actions={
        <ButtonLink to="/" variant="default">
          {words.toStart}
        </ButtonLink>
      }
    >
      {words.notFoundHint}
    </State>
  );
}
