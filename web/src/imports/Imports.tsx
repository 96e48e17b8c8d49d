import { Button, FileButton, SegmentedControl, Select } from '@mantine/core';
import { IconFileImport } from '@tabler/icons-react';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useSources } from '../api/catalog';
import { answered, api } from '../api/client';
import { useWholeList } from '../api/queries';
import { Arrival } from '../parts/Arrival';
import { download } from '../parts/csv';
import { Section } from '../parts/Form';
import { Page } from '../parts/Page';
import { ErrorState, FormSkeleton } from '../parts/states';
import { sayError } from '../parts/toast';
import { usePeriod } from '../period';
import { useMay, useSession } from '../session';
import { Outcome } from './Outcome';
import { Read } from './Read';
import { sampleOf } from './samples';
import { type Format, FORMATS, type ImportsSearch, type Kind, KINDS } from './search';
import { Statement } from './Statement';
import { words } from './strings';
import { type Columns, importClicks, importConversions, importRates, inspect, type Reading, reconcile } from './upload';
import styles from './Imports.module.css';

const ENCODINGS = ['utf-8', 'windows-1250', 'windows-1251', 'windows-1252', 'koi8-r', 'iso-8859-2', 'gb18030', 'shift_jis'];

/** A file: what it is of, how it is read, what it would do; then it is done. */
export default function Imports() {
  const search = useSearch({ from: '/shell/imports' });
  const navigate = useNavigate({ from: '/imports' });
  const mayWrite = useMay('write');
  const { role } = useSession();
  const { zone } = usePeriod();
  const { kind = 'conversions', encoding, dateFormat, offerSourceId, offerId } = search;
  const format = kind === 'conversions' ? (search.format ?? 'csv') : 'csv';
  const [file, setFile] = useState<File | null>(null);
  const [columns, setColumns] = useState<Columns>({});
  const reading = useMemo((): Reading => ({ encoding, dateFormat, tz: zone, columns }), [encoding, dateFormat, zone, columns]);

  const read = useQuery({
    queryKey: ['inspect', file?.name, file?.size, file?.lastModified, kind, offerSourceId, encoding, columns],
    enabled: file !== null && format === 'csv',
    retry: false,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      inspect(file as File, kind, reading, kind === 'clicks' || kind === 'rates' ? undefined : offerSourceId, signal),
  });
  /** What was asked for and came of it; another file or another reading needs to be looked at anew. */
  const run = useMutation({
    mutationFn: async (commit: boolean) => {
      if (file === null) throw new Error(words.drop);
      if (kind === 'statement') {
        if (offerSourceId === undefined) throw new Error(words.chooseSource);
        return { kind, answer: await reconcile(file, reading, offerSourceId) } as const;
      }
      if (kind === 'clicks') return { kind, answer: await importClicks(file, reading, offerId, commit) } as const;
      if (kind === 'rates') return { kind, answer: await importRates(file, reading, commit) } as const;
      return { kind, answer: await importConversions(file, reading, { format, offerSourceId }, commit) } as const;
    },
    onError: sayError,
  });
  const change = (patch: Partial<ImportsSearch>): void => {
    if (!('differences' in patch)) run.reset();
    void navigate({ search: (before) => ({ ...before, ...patch }), replace: true });
  };
  const take = (next: File | null): void => {
    run.reset();
    setColumns({});
    setFile(next);
  };
  // A statement is compared, which changes nothing.
  const mayTake = mayWrite || kind === 'statement';
  const isReadable = format !== 'csv' || (read.data !== undefined && read.data.missing.length === 0 && read.error === null);

  return (
    <Page title={words.title} write narrow>
      <div className={styles.grid}>
        <Section>
          <SegmentedControl
            aria-label={words.kind}
            w="fit-content"
            maw="100%"
            className={styles.kinds}
            value={kind}
            data={KINDS.map((value) => ({ value, label: words.kinds[value] }))}
            onChange={(value) => {
              setColumns({});
              change({ kind: KINDS.find((each) => each === value && each !== 'conversions'), differences: undefined });
            }}
          />
          <p className={styles.muted}>{words.kindHints[kind]}</p>
          {mayTake ? (
            <Drop file={file} kind={kind} format={format} onFile={take} />
          ) : (
            <p role="note" className={styles.look}>
              {words.readOnly(role)}
            </p>
          )}
          <div className={styles.options} hidden={!mayTake}>
            <Options search={{ ...search, kind }} change={change} />
            {format === 'csv' && (
              <Select
                label={words.encoding}
                placeholder={words.asFound}
                data={ENCODINGS}
                clearable
                searchable
                value={encoding ?? null}
                onChange={(value) => change({ encoding: value ?? undefined })}
              />
            )}
            <Select
              label={words.dateFormat}
              placeholder={words.dateAsFound}
              data={['DD/MM/YYYY', 'MM/DD/YYYY']}
              clearable
              value={dateFormat ?? null}
              onChange={(value) => change({ dateFormat: value ?? undefined })}
            />
          </div>
          {mayTake && <p className={styles.muted}>{words.zoneOf(zone)}</p>}
        </Section>

        {mayTake && file !== null && format === 'csv' && (
          <Section
            title={words.read}
            actions={
              Object.keys(columns).length > 0 && (
                <Button
                  variant="default"
                  onClick={() => {
                    run.reset();
                    setColumns({});
                  }}
                >
                  {words.asWritten}
                </Button>
              )
            }
          >
            {read.error !== null ? (
              <ErrorState error={read.error} onRetry={read.refetch} />
            ) : read.data === undefined ? (
              <FormSkeleton rows={4} />
            ) : (
              <Read
                answer={read.data}
                onColumn={(header, field) => {
                  run.reset();
                  setColumns((before) => ({ ...before, [header]: field }));
                }}
              />
            )}
          </Section>
        )}
        {mayTake && file !== null && (
          <div className={styles.foot}>
            <Button
              variant={run.data === undefined ? 'filled' : 'default'}
              disabled={!isReadable || (kind === 'statement' && offerSourceId === undefined)}
              loading={run.isPending && run.variables === false}
              onClick={() => run.mutate(false)}
            >
              {kind === 'statement' ? words.compare : words.preview}
            </Button>
            {kind === 'statement' && offerSourceId === undefined && <span className={styles.muted}>{words.chooseSource}</span>}
            {!mayWrite && <span className={styles.muted}>{words.compareOnly(role)}</span>}
          </div>
        )}
        {file !== null &&
          run.data !== undefined &&
          (run.data.kind === 'statement' ? (
            <Arrival of={String(run.submittedAt)}>
              <Statement answer={run.data.answer} file={file.name} onShow={(differences) => change({ differences })} />
            </Arrival>
          ) : (
            <Outcome {...run.data} isCommitting={run.isPending} onCommit={() => run.mutate(true)} />
          ))}
      </div>
    </Page>
  );
}

function Drop({ file, kind, format, onFile }: { file: File | null; kind: Kind; format: Format; onFile: (file: File | null) => void }) {
  const isLines = format !== 'csv';
  const sample = sampleOf(kind, format);
  const [isOver, setIsOver] = useState(false);
  return (
    <div
      className={styles.drop}
      data-over={isOver}
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setIsOver(false);
        const [dropped] = event.dataTransfer.files;
        if (dropped !== undefined) onFile(dropped);
      }}
    >
      {file !== null && (
        <div className={styles.file}>
          <strong>{file.name}</strong>
          <span className={styles.muted}>{words.size(file.size)}</span>
        </div>
      )}
      <FileButton onChange={onFile} accept=".csv,.txt,.tsv,text/csv,text/plain">
        {(props) => (
          <Button {...props} variant={file === null ? 'filled' : 'default'} leftSection={<IconFileImport size={15} />}>
            {file === null ? words.drop : words.another}
          </Button>
        )}
      </FileButton>
      {file === null && (
        <>
          <p className={styles.muted}>
            {isLines ? words.dropHintLines : words.dropHint}
            {!isLines && <> {words.columnsOf[kind]}</>}
          </p>
          <Button variant="subtle" size="compact-xs" onClick={() => download(sample.name, sample.text)}>
            {words.sampleFile}
          </Button>
        </>
      )}
    </div>
  );
}

/** What only some kinds of file ask for. */
function Options({
  search,
  change,
}: {
  search: ImportsSearch & { kind: (typeof KINDS)[number] };
  change: (patch: Partial<ImportsSearch>) => void;
}) {
  const { kind, format = 'csv', offerSourceId, offerId } = search;
  const sources = useSources(true).rows;
  if (kind === 'rates') return null;
  if (kind === 'clicks') return <OfferOption offerId={offerId} onOffer={(id) => change({ offerId: id })} />;
  return (
    <>
      {kind === 'conversions' && (
        <Select
          label={words.format}
          data={FORMATS.map((value) => ({ value, label: words.formats[value] }))}
          allowDeselect={false}
          value={format}
          onChange={(value) => change({ format: FORMATS.find((each) => each === value && each !== 'csv') })}
        />
      )}
      <Select
        label={words.source}
        placeholder={kind === 'statement' ? words.whoseStatement : words.eachSource}
        data={sources.map(({ id, name }) => ({ value: id, label: name }))}
        searchable
        clearable={kind !== 'statement'}
        required={kind === 'statement'}
        value={offerSourceId ?? null}
        onChange={(value) => change({ offerSourceId: value ?? undefined })}
      />
    </>
  );
}

function OfferOption({ offerId, onOffer }: { offerId: string | undefined; onOffer: (id: string | undefined) => void }) {
  const offers = useWholeList(['offers', 'list', { status: undefined, offerSourceId: undefined }], (cursor, signal) =>
    answered(api.GET('/api/v1/offers', { params: { query: { limit: 200, cursor } }, signal })),
  ).rows;
  return (
    <Select
      label={`${words.offer} · ${words.offerHint.toLowerCase()}`}
      placeholder={words.noOffer}
      data={offers.map(({ id, name }) => ({ value: id, label: name }))}
      searchable
      clearable
      value={offerId ?? null}
      onChange={(value) => onOffer(value ?? undefined)}
    />
  );
}
