import { readdirSync, readFileSync } from 'node:fs';

/** Processor time that processes of this machine have used. Linux tells; elsewhere it is not known. */

/** Of one process, children it has waited for included, in microseconds; null where nobody tells. */
export function processorTime(pid: number): number | null {
  const stat = statOf(pid);
  return stat === null ? null : stat.ticks * TICK_US;
}

/** Of a process and all that it started, PostgreSQL's server with its backends say. */
export function familyTime(pid: number): number | null {
  const parent = statOf(pid);
  if (parent === null) return null;
  const children = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (statOf(Number(name)) ?? []) : []));
  return children.reduce((sum, child) => sum + (child.parent === pid ? child.ticks : 0), parent.ticks) * TICK_US;
}

/** Linux has counted in hundredths of a second for users of /proc since ever. */
const TICK_US = 10_000;

interface Stat {
  parent: number;
  ticks: number;
}

function statOf(pid: number): Stat | null {
  try {
    // The name in parentheses may hold anything.
    const fields = (readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1) as string).split(' ');
    const [user, system, waitedUser, waitedSystem] = fields.slice(11, 15).map(Number) as [number, number, number, number];
    return { parent: Number(fields[1]), ticks: user + system + waitedUser + waitedSystem };
  } catch {
    return null;
  }
}
