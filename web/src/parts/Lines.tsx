import '@mantine/charts/styles.css';
import { LineChart } from '@mantine/charts';
import { type Figure, showFigure, showTick } from './figures';
import styles from './Lines.module.css';

export interface Point {
  at: string;
  first: number | null;
  second: number | null;
}

/** Two figures over time, each with its own scale. Fetched when a chart is shown. */
export default function Lines(props: { points: Point[]; first: Figure; second: Figure | undefined; currency: string }) {
  const { points, first, second, currency } = props;
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
      tooltipProps={{
        content: ({ payload }) => {
          const point = payload[0]?.payload as Point | undefined;
          return point === undefined ? null : <Tip point={point} first={first} second={second} currency={currency} />;
        },
      }}
      series={[
        { name: 'first', label: first.title, color: 'cidra.6' },
        ...(second === undefined
          ? []
          : [{ name: 'second', label: second.title, color: 'orange.6', yAxisId: 'right', strokeDasharray: '5 3' }]),
      ]}
    />
  );
}

/** Each figure as it stands in the report: money with its currency, a share as percent, nothing as `–`. */
function Tip({ point, first, second, currency }: { point: Point; first: Figure; second: Figure | undefined; currency: string }) {
  const lines = [[first, point.first] as const, ...(second === undefined ? [] : [[second, point.second] as const])];
  return (
    <dl className={styles.tip}>
      <div className={styles.at}>{point.at}</div>
      {lines.map(([figure, value], i) => (
        <div key={figure.id} className={styles.line}>
          <dt data-second={i === 1}>{figure.title}</dt>
          <dd>{showFigure(figure, value, currency)}</dd>
        </div>
      ))}
    </dl>
  );
}
