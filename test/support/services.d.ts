import type { ChildProcess } from 'node:child_process';

export interface Service {
  url: string;
  stop: () => Promise<void>;
}
export function temporaryFolder(name: string): string;
export function freePort(): Promise<number>;
export function startPostgres(): Promise<Service>;
export function startRedis(): Promise<Service & { pid: number | null }>;
export function redisBinary(): string;
export function waitForPort(port: number, child: ChildProcess): Promise<void>;
export function startPooler(serverUrl: string, poolSize?: number): Promise<Service>;
export function chromiumBinary(): string;
