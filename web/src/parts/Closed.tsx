import { IconLock } from '@tabler/icons-react';
import { useSession } from '../session';
import { State } from './states';
import { words } from './strings';

/** What a role may not do is said, before anything is asked for that would be refused. */
export function Closed({ what, who }: { what: string; who: string }) {
  const { role } = useSession();
  return (
    <State icon={<IconLock size={22} />} title={words.closed(what, who)}>
      {words.closedHint(role)}
    </State>
  );
}
