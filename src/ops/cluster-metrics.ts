import cluster, { type Worker } from 'node:cluster';
import { randomUUID } from 'node:crypto';
import { AggregatorRegistry, register } from 'prom-client';
import { withTimeout } from '../queues/queues.js';

/** Between the first process of a cluster and its API processes; `id` is of one scrape. */
type Message =
  | { cidra: 'metrics.joined' }
  | { cidra: 'metrics.ask'; id: string }
  | { cidra: 'metrics.read'; id: string }
  | { cidra: 'metrics.mine'; id: string; metrics: object[] }
  | { cidra: 'metrics.sum'; id: string; text: string };

const TIMEOUT_MS = 2_000;
const waiting = new Map<string, (text: string) => void>();

/** In an API process of a cluster, once: it answers the first process, whichever process was scraped. */
export function joinCluster(): void {
  process.on('message', (message: Message) => {
    if (message.cidra === 'metrics.sum') waiting.get(message.id)?.(message.text);
    if (message.cidra !== 'metrics.read') return;
    register.getMetricsAsJSON().then(
      (metrics) => process.send?.({ cidra: 'metrics.mine', id: message.id, metrics } satisfies Message),
      () => undefined,
    );
  });
  process.send?.({ cidra: 'metrics.joined' } satisfies Message);
}

/**
 * The metrics of all processes of the cluster added up, in the text format.
 * @throws Error when one of them does not answer: a sum without it would read as a restart
 */
export function clusterMetrics(): Promise<string> {
  const id = randomUUID();
  const summed = new Promise<string>((resolve) => waiting.set(id, resolve));
  process.send?.({ cidra: 'metrics.ask', id } satisfies Message);
  return withTimeout(summed, TIMEOUT_MS).finally(() => waiting.delete(id));
}

/** In the first process: adds its own metrics, which in role `all` are the worker's, to those of the API processes. */
export function sumMetrics(): void {
  const members = new Set<Worker>();
  const scrapes = new Map<string, { asking: Worker; parts: object[][]; of: number }>();
  const add = (id: string, metrics: object[]): void => {
    const scrape = scrapes.get(id);
    if (scrape === undefined) return;
    scrape.parts.push(metrics);
    if (scrape.parts.length < scrape.of) return;
    scrapes.delete(id);
    void AggregatorRegistry.aggregate(scrape.parts)
      .metrics()
      .then((text) => scrape.asking.isConnected() && scrape.asking.send({ cidra: 'metrics.sum', id, text } satisfies Message));
  };
  cluster.on('exit', (worker) => members.delete(worker));
  cluster.on('message', (worker, message: Message) => {
    if (message.cidra === 'metrics.joined') members.add(worker);
    if (message.cidra === 'metrics.mine') add(message.id, message.metrics);
    if (message.cidra !== 'metrics.ask') return;
    const { id } = message;
    const asked = [...members].filter((member) => member.isConnected());
    scrapes.set(id, { asking: worker, parts: [], of: asked.length + 1 });
    setTimeout(() => scrapes.delete(id), TIMEOUT_MS).unref();
    for (const member of asked) member.send({ cidra: 'metrics.read', id } satisfies Message);
    void register.getMetricsAsJSON().then((metrics) => add(id, metrics));
  });
}
