import { connect, createServer, type Server, type Socket } from 'node:net';

/** Stands between a tracker and a store, so that a test can take the store away and bring it back. */
export class Proxy {
  private mode: 'pass' | 'refuse' | 'hang' | 'deaf' = 'pass';
  private delayMs = 0;
  /** Bytes of answers that were thrown away or came late. */
  harmed = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async before(target: URL): Promise<Proxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const proxy = new Proxy(server, (server.address() as { port: number }).port);
    server.on('connection', (client) => proxy.carry(client, target));
    return proxy;
  }

  /** The target's address with the proxy's port. */
  static url(target: string, proxy: Proxy): string {
    const url = new URL(target);
    url.hostname = '127.0.0.1';
    url.searchParams.delete('host');
    url.port = String(proxy.port);
    return url.href;
  }

  /** Connections break, new ones are closed at once. */
  refuse(): void {
    this.mode = 'refuse';
    this.reset();
  }

  /** Nothing is answered any more, neither on connections there are nor on new ones. */
  hang(): void {
    this.mode = 'hang';
  }

  /** What is asked arrives, what is answered is lost. */
  deafen(): void {
    this.mode = 'deaf';
  }

  /** Everything takes this much longer, each way. */
  slow(ms: number): void {
    this.delayMs = ms;
  }

  /** Connections break, new ones are as before. */
  reset(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** As before; what hung is broken, as a restarted server would. */
  restore(): void {
    this.mode = 'pass';
    this.delayMs = 0;
    this.reset();
  }

  async stop(): Promise<void> {
    this.refuse();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private carry(client: Socket, target: URL): void {
    if (this.mode === 'refuse') {
      client.destroy();
      return;
    }
    // The embedded PostgreSQL listens on a Unix socket.
    const folder = target.searchParams.get('host');
    const upstream = connect(
      folder === null ? { host: target.hostname, port: Number(target.port) } : { path: `${folder}/.s.PGSQL.${target.port}` },
    );
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.sockets.add(from);
      from.on('data', (chunk) => {
        if (this.mode === 'hang') return;
        if (this.mode === 'deaf' || this.delayMs > 0) this.harmed += chunk.length;
        if (this.mode === 'deaf' && from === upstream) return;
        if (this.delayMs === 0) to.write(chunk);
        else setTimeout(() => to.write(chunk), this.delayMs);
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
    }
  }
}
