import { IconRadar2 } from '@tabler/icons-react';
import { useState } from 'react';
import { LiveLog, LiveMark, PauseButton, useNewestPostbacks } from '../parts/LiveLog';
import { Section } from '../parts/Form';
import { State } from '../parts/states';
import { words } from './strings';

const t = words.log;

/** What this source sends, as it comes. */
export function Log({ sourceId }: { sourceId: string }) {
  const [isPaused, setPaused] = useState(false);
  const log = useNewestPostbacks({ offerSourceId: sourceId }, isPaused);
  return (
    <Section
      title={t.title}
      hint={<LiveMark live={log.live} isPaused={isPaused} />}
      actions={<PauseButton isPaused={isPaused} held={log.live.held} onPause={setPaused} />}
    >
      <LiveLog
        log={log}
        empty={
          <State icon={<IconRadar2 size={22} />} title={t.none}>
            {t.noneHint}
          </State>
        }
      />
    </Section>
  );
}
