import type { Figures, useFigures } from '../api/catalog';
import { behind } from './behind';
import { FigureLink } from './FigureLink';
import type { Column } from './Table';

/** Makes columns of a list of offers or sources: a figure of the period that leads to the rows it counts, and the one of all below. */
export const figureColumnOf =
  <Row extends { id: string }>(
    { of, totals }: Pick<ReturnType<typeof useFigures>, 'of' | 'totals'>,
    by: 'offer' | 'offerSource',
    period: Readonly<Record<string, string>>,
    width: number,
  ) =>
  <K extends keyof Figures>(id: K, title: string, show: (value: Figures[K]) => string, rest: Partial<Column<Row>> = {}): Column<Row> => ({
    id,
    title,
    figure: true,
    width,
    value: (row) => of(row.id)?.[id] as string | number | null | undefined,
    cell: (row) => {
      const value = of(row.id)?.[id];
      return <FigureLink href={behind(id, value, { [by]: [row.id] }, period)}>{show(value)}</FigureLink>;
    },
    text: (row) => show(of(row.id)?.[id] as Figures[K]),
    total: totals === undefined ? undefined : show(totals[id]),
    ...rest,
  });
