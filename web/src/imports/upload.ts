import { answered, api, type Schemas } from '../api/client';
import type { Format } from './search';

export type Columns = Record<string, string | null>;

/** How a file is to be read, as all imports take it. */
export interface Reading {
  encoding?: string;
  dateFormat?: string;
  tz: string;
  columns: Columns;
}

/** The file as it lies on the disk: its bytes tell the encoding. */
const bytesOf = (file: File, type = 'text/csv') => ({ body: '', bodySerializer: () => file, headers: { 'Content-Type': type } });

const asQuery = ({ columns, ...rest }: Reading) => ({
  ...rest,
  columns: Object.keys(columns).length === 0 ? undefined : JSON.stringify(columns),
});

export const inspect = (
  file: File,
  kind: 'clicks' | 'conversions' | 'rates' | 'statement',
  reading: Reading,
  offerSourceId: string | undefined,
  signal: AbortSignal,
): Promise<Schemas['InspectAnswer']> => {
  const { columns, encoding } = asQuery(reading);
  return answered(
    api.POST('/api/v1/imports/inspect', { ...bytesOf(file), params: { query: { kind, offerSourceId, columns, encoding } }, signal }),
  );
};

/** A commit answers at once with its job. */
const pace = (commit: boolean) => (commit ? ({ commit: 'true', wait: 'false' } as const) : ({ commit: 'false' } as const));

export const importConversions = (
  file: File,
  reading: Reading,
  { format, offerSourceId }: { format: Format; offerSourceId?: string },
  commit: boolean,
): Promise<Schemas['ConversionImportAnswer']> =>
  answered(
    api.POST('/api/v1/conversions/import', {
      ...bytesOf(file, format === 'csv' ? 'text/csv' : 'text/plain'),
      params: { query: { format, offerSourceId, ...asQuery(reading), ...pace(commit) } },
    }),
  );

export const importClicks = (
  file: File,
  reading: Reading,
  offerId: string | undefined,
  commit: boolean,
): Promise<Schemas['ClickImportAnswer']> =>
  answered(api.POST('/api/v1/clicks/import', { ...bytesOf(file), params: { query: { offerId, ...asQuery(reading), ...pace(commit) } } }));

export const importRates = (file: File, reading: Reading, commit: boolean): Promise<Schemas['RateImportAnswer']> =>
  answered(
    api.POST('/api/v1/rates/import', {
      ...bytesOf(file),
      params: { query: { ...asQuery(reading), commit: commit ? 'true' : 'false' } },
    }),
  );

export const reconcile = (file: File, reading: Reading, offerSourceId: string): Promise<Schemas['ReconcileAnswer']> =>
  answered(api.POST('/api/v1/conversions/reconcile', { ...bytesOf(file), params: { query: { offerSourceId, ...asQuery(reading) } } }));
