// Loaded before the program by the fault tests only: fail points, injected bugs, wrong clocks, and guards taken away.
// Commands come as messages from the test; what is taken away is named by CHAOS_WITHOUT, since it has to be gone from the start.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Queue } from 'bullmq';
import pg from 'pg';

const built = (path) => import(pathToFileURL(join(process.cwd(), 'dist', 'src', path)).href);
const without = new Set((process.env.CHAOS_WITHOUT ?? '').split(',').filter(Boolean));

/** Fail point → the signal this process sends itself when it passes there. */
const armed = new Map();
const pass = (point) => {
  const signal = armed.get(point);
  if (signal === undefined) return;
  armed.delete(point);
  process.kill(process.pid, signal);
};

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const query = pg.Client.prototype.query;
const claims = new WeakSet();
const staleReads = new WeakMap();

pg.Client.prototype.query = function (config, ...rest) {
  const name = typeof config === 'string' ? config : (config?.name ?? config?.text);
  const ask = (asked) => query.call(this, asked, ...rest);
  if (name === 'insert-inbox') {
    if (without.has('commit-before-ack')) {
      setTimeout(() => void ask(config).catch(() => undefined), 50);
      return Promise.resolve({ rows: [], rowCount: 0 });
    }
    return ask(config).then((result) => {
      pass('stored');
      return result;
    });
  }
  if (name === 'claim') {
    const text = without.has('claim-lock') ? config.text.replace(' FOR UPDATE SKIP LOCKED', '') : config.text;
    return ask({ ...config, text }).then((result) => {
      if (result.rows.length > 0) claims.add(this);
      return result;
    });
  }
  if (name === 'COMMIT' && claims.has(this)) {
    claims.delete(this);
    pass('before-commit');
    return ask(config).then((result) => {
      pass('after-commit');
      return result;
    });
  }
  if (name === 'lock-clicks') {
    const text = without.has('click-lock') ? config.text.replace(' FOR NO KEY UPDATE', '') : config.text;
    if (!without.has('fresh-read')) return ask({ ...config, text });
    // As if S3 were part of S2: conversions as they were before the lock was had.
    return readConversions()
      .then(({ READ_CONVERSIONS }) => ask({ ...READ_CONVERSIONS, values: config.values }))
      .then((stale) => {
        staleReads.set(this, stale);
        return ask(config);
      });
  }
  if (name === 'read-conversions') {
    const stale = staleReads.get(this);
    staleReads.delete(this);
    const read = stale === undefined ? ask(config) : Promise.resolve(stale);
    // Time enough for another worker to come in between.
    return without.has('click-lock') ? read.then((result) => sleep(20).then(() => result)) : read;
  }
  if (name === 'update-conversions' && without.has('version-check'))
    return ask({ ...config, text: config.text.replace('AND t.version = u.version ', '') });
  return ask(config);
};
const readConversions = () => built('conversions/ledger.query.js');

const add = Queue.prototype.add;
Queue.prototype.add = function (name, ...rest) {
  if (name === 'wake') pass('wake');
  return add.call(this, name, ...rest);
};

let shift = 0;
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...args) {
    super(...(args.length === 0 ? [RealDate.now() + shift] : args));
  }
  static now() {
    return RealDate.now() + shift;
  }
};

if (process.env.CHAOS_LOCK_MS !== undefined) {
  const { WORKER_OPTIONS } = await built('queues/queues.js');
  Object.assign(WORKER_OPTIONS, { lockDuration: Number(process.env.CHAOS_LOCK_MS), stalledInterval: 1_000 });
}

let brokenOffer = null;
const { RulesService } = await built('conversions/rules.service.js');
const { rulesOf } = RulesService.prototype;
RulesService.prototype.rulesOf = function (source, offer) {
  if (offer !== null && offer?.id === brokenOffer) throw new Error('a bug injected for this offer');
  return rulesOf.call(this, source, offer);
};

process.on('message', ({ arm, signal, clock, offer }) => {
  if (arm !== undefined) armed.set(arm, signal);
  if (clock !== undefined) shift = clock;
  if (offer !== undefined) brokenOffer = offer;
  process.send?.({ done: true, now: Date.now() });
});
// Listening for messages must not keep the program from ending.
process.channel?.unref();
