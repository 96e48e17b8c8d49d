import { Button, Tabs } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { sourceQuery, useNetworks } from '../api/catalog';
import { answered, api, ApiProblem, fieldErrors, type Schemas } from '../api/client';
import { queries } from '../api/queries';
import { Closed } from '../parts/Closed';
import { AnchorLink } from '../parts/links';
import { Page } from '../parts/Page';
import { StatusMark } from '../parts/StatusMark';
import { words as shared } from '../parts/strings';
import { say, sayUnlessShown, sayWarning } from '../parts/toast';
import { Unread } from '../parts/Unread';
import { useDraft } from '../parts/useDraft';
import { useMay } from '../session';
import { bodyOf, draftFrom, draftOf, type SourceDraft } from './draft';
import { Links } from './Links';
import { Log } from './Log';
import { Networks } from './Networks';
import { Rules } from './Rules';
import { TABS } from './search';
import { words } from './strings';
import { Token } from './Token';
import { Words } from './Words';

/** One source, or the one that is being made (`new`). */
export function OfferSource({ id }: { id: string }) {
  const isNew = id === 'new';
  const query = useQuery({ ...sourceQuery(id), enabled: !isNew });
  const mayWrite = useMay('write');
  const [start, setStart] = useState<SourceDraft | null>(null);
  const unread = <Unread title={words.one} back={<Back />} query={query} />;
  if (query.error !== null) return unread;
  if (isNew && !mayWrite)
    return (
      <Page title={words.newTitle} back={<Back />}>
        <Closed what={words.newTitle} who={shared.writers} />
      </Page>
    );
  if (isNew && start === null)
    return (
      <Page title={words.choose} back={<Back />}>
        <Networks onChoose={(network, name) => setStart(draftFrom(network, name))} />
      </Page>
    );
  if (start !== null) return <Editor stored={null} start={start} />;
  if (query.data === undefined) return unread;
  return <Editor stored={query.data} start={draftOf(query.data)} />;
}

function Back() {
  const search = useSearch({ from: '/shell/offer-sources' });
  return (
    <AnchorLink to="/offer-sources" search={{ ...search, open: undefined, tab: undefined }} size="sm" w="fit-content">
      <IconArrowLeft size={13} style={{ verticalAlign: '-2px' }} aria-hidden /> {words.back}
    </AnchorLink>
  );
}

export interface TabProps {
  draft: SourceDraft;
  set: (change: Partial<SourceDraft>) => void;
  stored: Schemas['OfferSourceAnswer'] | null;
  network: Schemas['NetworkAnswer'] | null;
  errors: Record<string, string>;
  readOnly: boolean;
}

function Editor({ stored, start }: { stored: Schemas['OfferSourceAnswer'] | null; start: SourceDraft }) {
  const { draft, set, isDirty, reset, takeIn } = useDraft(start);
  const { tab = 'links' } = useSearch({ from: '/shell/offer-sources' });
  const navigate = useNavigate({ from: '/offer-sources' });
  const mayWrite = useMay('write');
  const network = useNetworks().data?.find(({ key }) => key === draft.template) ?? null;
  const version = useRef(stored?.version);
  const [reapply, setReapply] = useState(false);

  const save = useMutation({
    mutationFn: async () =>
      stored === null
        ? answered(api.POST('/api/v1/offer-sources', { body: bodyOf(draft) }))
        : answered(
            api.PATCH('/api/v1/offer-sources/{id}', {
              params: { path: { id: stored.id }, header: { 'If-Match': `"${version.current}"` } },
              body: { ...bodyOf(draft), ...(reapply ? { reapply: true } : {}) },
            }),
          ),
    onSuccess: async (source) => {
      version.current = source.version;
      reset(draftOf(source));
      setReapply(false);
      queries.setQueryData(sourceQuery(source.id).queryKey, source);
      void queries.invalidateQueries({ queryKey: ['offer-sources', 'list'] });
      if (source.jobId === undefined) say(shared.saved);
      if (stored === null) await navigate({ search: (before) => ({ ...before, open: source.id }), replace: true, ignoreBlocker: true });
    },
    onError: async (error) => {
      if (stored === null || !(error instanceof ApiProblem) || error.status !== 412) return sayUnlessShown(error);
      const now = await queries.fetchQuery({ ...sourceQuery(stored.id), staleTime: 0 });
      version.current = now.version;
      takeIn(draftOf(now));
      sayWarning(shared.changedMeanwhile);
    },
  });
  const isReady = mayWrite && (stored === null || isDirty || reapply);
  // Enter and Ctrl S know no button: they save what the button would, and once.
  const submit = (): void => {
    if (isReady && !save.isPending) save.mutate();
  };
  const props: TabProps = { draft, set, stored, network, errors: fieldErrors(save.error), readOnly: !mayWrite };
  const shown = stored === null ? TABS.filter((each) => each === 'links' || each === 'rules') : TABS;

  return (
    <Page
      title={stored === null ? (draft.name === '' ? words.newTitle : draft.name) : stored.name}
      back={<Back />}
      aside={stored !== null && <StatusMark status={stored.archived ? 'archived' : stored.enabled ? 'enabled' : 'disabled'} />}
      write
      actions={
        // On a tab without fields there is no form to be sent.
        <Button
          {...(tab === 'token' || tab === 'log' ? { onClick: submit } : { type: 'submit', form: 'offer-source' })}
          loading={save.isPending}
          disabled={!isReady}
        >
          {shared.save}
        </Button>
      }
    >
      <Tabs
        value={tab}
        onChange={(value) =>
          void navigate({
            search: (before) => ({ ...before, tab: TABS.find((each) => each === value && each !== 'links') }),
            replace: true,
          })
        }
        keepMounted={false}
      >
        <Tabs.List mb="md" style={{ flexWrap: 'nowrap', overflowX: 'auto', overflowY: 'hidden' }}>
          {shown.map((each) => (
            <Tabs.Tab key={each} value={each}>
              {words.tabs[each]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="links">
          <Links {...props} onSubmit={submit} />
        </Tabs.Panel>
        <Tabs.Panel value="rules">
          <Rules {...props} onSubmit={submit} />
        </Tabs.Panel>
        {stored !== null && (
          <>
            <Tabs.Panel value="words">
              <Words
                {...props}
                stored={stored}
                reapply={reapply}
                onReapply={setReapply}
                jobId={save.data?.jobId ?? null}
                onSubmit={submit}
              />
            </Tabs.Panel>
            <Tabs.Panel value="token">
              <Token stored={stored} />
            </Tabs.Panel>
            <Tabs.Panel value="log">
              <Log sourceId={stored.id} />
            </Tabs.Panel>
          </>
        )}
      </Tabs>
    </Page>
  );
}
