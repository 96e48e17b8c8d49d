import '@mantine/charts/styles.css';
import { LineChart } from '@mantine/charts';
import { type Figure, showTick } from './figures';

export interface Point {
  at: string;
  first: number | null;
  second: number | null;
}

/** Two figures over time, each with its own scale. Fetched when a chart is shown. */
export default function Lines(props: { points: Point[]; first: Figure; second: Figure | undefined }) {
  const { points, first, second } = props;
  const show = (figure: Figure) => (value: number | string) => showTick(figure, Number(value));
  return (
    <LineChart
      h="12.5rem"
      data={points}
      dataKey="at"
      curveType="linear"
      withDots={points.length < 2}
      strokeWidth={2}
      gridAxis="x"
      tickLine="none"
      withRightYAxis={second !== undefined}
      yAxisProps={{ width: 56, tickFormatter: show(first), allowDecimals: first.kind !== 'count' }}
      rightYAxisProps={
        second === undefined ? undefined : { width: 56, tickFormatter: show(second), allowDecimals: second.kind !== 'count' }
      }
      lineChartProps={{ margin: { top: 8, right: 4, bottom: 0, left: 4 } }}
      xAxisProps={{ minTickGap: 28 }}
      lineProps={{ isAnimationActive: false }}
      valueFormatter={(value) => new Intl.NumberFormat('en-US', { maximumFractionDigits: 4 }).format(value)}
      series={[
        { name: 'first', label: first.title, color: 'cidra.6' },
        ...(second === undefined
          ? []
          : [{ name: 'second', label: second.title, color: 'orange.6', yAxisId: 'right', strokeDasharray: '5 3' }]),
      ]}
    />
  );
}
