import { createServer, request, type Server } from 'node:http';

const PROBE_MS = 200;

/** A load balancer as one stands before a tracker: it sends requests to the APIs whose /readyz says yes. */
export class Balancer {
  private ready: string[] = [];
  private turn = 0;
  /** How often the set of ready APIs has changed. */
  moved = 0;

  private constructor(
    private readonly server: Server,
    private readonly timer: NodeJS.Timeout,
    readonly url: string,
  ) {}

  static async before(apis: () => readonly string[]): Promise<Balancer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const balancer: Balancer = new Balancer(
      server,
      setInterval(() => void balancer.probe(apis()), PROBE_MS),
      `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    );
    server.on('request', (incoming, outgoing) => {
      const base = balancer.ready[balancer.turn++ % balancer.ready.length];
      if (base === undefined) return void outgoing.writeHead(502).end();
      const { hostname, port } = new URL(base);
      const upstream = request(
        {
          hostname,
          port,
          path: incoming.url,
          method: incoming.method,
          headers: { ...incoming.headers, connection: 'close' },
          agent: false,
        },
        (answer) => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
        },
      );
      upstream.on('error', () => outgoing.writeHead(502).end());
      incoming.pipe(upstream);
    });
    await balancer.probe(apis());
    return balancer;
  }

  async sees(count: number): Promise<void> {
    while (this.ready.length < count) await new Promise((resolve) => setTimeout(resolve, PROBE_MS));
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async probe(apis: readonly string[]): Promise<void> {
    const answers = await Promise.all(
      apis.map((url) =>
        fetch(`${url}/readyz`, { signal: AbortSignal.timeout(1_000) }).then(
          (answer) => answer.status,
          () => 0,
        ),
      ),
    );
    const ready = apis.filter((_, i) => answers[i] === 200);
    if (ready.join() !== this.ready.join()) this.moved++;
    this.ready = ready;
  }
}
