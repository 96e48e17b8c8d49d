import { ActionIcon, Button, Popover, TextInput, Tooltip } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { IconBookmark, IconChevronDown, IconDeviceFloppy, IconStar, IconStarFilled, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { answered, api } from '../api/client';
import { queries } from '../api/queries';
import { HrefLink } from '../parts/HrefLink';
import { ErrorState } from '../parts/states';
import { say, sayError } from '../parts/toast';
import { useMay } from '../session';
import styles from './Reports.module.css';
import { words } from './strings';

const VIEWS = ['views'];

/** @param address what stands behind /app now */
export function Views({ address }: { address: string }) {
  const [opened, setOpened] = useState(false);
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" shadow="md" trapFocus returnFocus width={320}>
      <Popover.Target>
        <Button
          variant="default"
          leftSection={<IconBookmark size={14} />}
          rightSection={<IconChevronDown size={13} />}
          onClick={() => setOpened(!opened)}
        >
          {words.views}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={words.views}>
        <List address={address} onChosen={() => setOpened(false)} />
      </Popover.Dropdown>
    </Popover>
  );
}

function List({ address, onChosen }: { address: string; onChosen: () => void }) {
  const mayWrite = useMay('write');
  const [name, setName] = useState('');
  const views = useQuery({ queryKey: VIEWS, queryFn: ({ signal }) => answered(api.GET('/api/v1/views', { signal })) });
  const change = useMutation({
    mutationFn: ({ run }: { run: () => Promise<unknown>; said?: string }) => run(),
    onError: sayError,
    onSuccess: (_answer, { said }) => {
      if (said !== undefined) say(said);
      setName('');
      return queries.invalidateQueries({ queryKey: VIEWS });
    },
  });
  if (views.error !== null) return <ErrorState error={views.error} onRetry={views.refetch} />;
  const { data = [], startId = null } = views.data ?? {};
  return (
    <div className={styles.views}>
      {views.data !== undefined && data.length === 0 && <span className={styles.label}>{words.noViews}</span>}
      {data.map((view) => {
        const isStart = view.id === startId;
        const path = { params: { path: { id: view.id } } };
        return (
          <div key={view.id} className={styles.view}>
            <HrefLink href={`/app${view.address}`} className={styles.viewLink} onClick={onChosen}>
              {view.name}
            </HrefLink>
            <Tooltip label={isStart ? words.noStartView(view.name) : words.startView(view.name)}>
              <ActionIcon
                aria-label={isStart ? words.noStartView(view.name) : words.startView(view.name)}
                aria-pressed={isStart}
                onClick={() =>
                  change.mutate({ run: () => answered(api.PUT('/api/v1/views/start', { body: { viewId: isStart ? null : view.id } })) })
                }
              >
                {isStart ? <IconStarFilled size={15} /> : <IconStar size={15} />}
              </ActionIcon>
            </Tooltip>
            {mayWrite && (
              <>
                <Tooltip label={words.replaceView(view.name)}>
                  <ActionIcon
                    aria-label={words.replaceView(view.name)}
                    onClick={() =>
                      change.mutate({
                        run: () => answered(api.PATCH('/api/v1/views/{id}', { ...path, body: { address } })),
                        said: words.viewReplaced(view.name),
                      })
                    }
                  >
                    <IconDeviceFloppy size={15} />
                  </ActionIcon>
                </Tooltip>
                <Tooltip label={words.deleteView(view.name)}>
                  <ActionIcon
                    aria-label={words.deleteView(view.name)}
                    onClick={() =>
                      change.mutate({
                        run: () => answered(api.DELETE('/api/v1/views/{id}', path)),
                        said: words.viewDeleted(view.name),
                      })
                    }
                  >
                    <IconTrash size={15} />
                  </ActionIcon>
                </Tooltip>
              </>
            )}
          </div>
        );
      })}
      {mayWrite && (
        <form
          className={styles.saveView}
          onSubmit={(event) => {
            event.preventDefault();
            const given = name.trim();
            if (given === '') return;
            change.mutate({
              run: () => answered(api.POST('/api/v1/views', { body: { name: given, address } })),
              said: words.viewSaved(given),
            });
          }}
        >
          <TextInput
            aria-label={words.viewName}
            placeholder={words.saveView}
            maxLength={100}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Button type="submit" loading={change.isPending}>
            {words.saveViewShort}
          </Button>
        </form>
      )}
    </div>
  );
}
