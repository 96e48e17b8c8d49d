import { Button } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay, IconRadar2 } from '@tabler/icons-react';
import { useState } from 'react';
import { LiveLog } from '../parts/LiveLog';
import { Section } from '../parts/Form';
import { State } from '../parts/states';
import { words } from './strings';

const t = words.log;

/** What this source sends, as it comes. */
export function Log({ sourceId }: { sourceId: string }) {
  const [paused, setPaused] = useState(false);
  return (
    <Section
      title={t.title}
      actions={
        <Button
          variant="default"
          leftSection={paused ? <IconPlayerPlay size={14} /> : <IconPlayerPause size={14} />}
          onClick={() => setPaused(!paused)}
        >
          {paused ? t.resume : t.pause}
        </Button>
      }
    >
      <LiveLog
        query={{ offerSourceId: sourceId }}
        paused={paused}
        empty={
          <State icon={<IconRadar2 size={22} />} title={t.none}>
            {t.noneHint}
          </State>
        }
      />
    </Section>
  );
}
