import { describe, expect, it } from '@jest/globals';
import { SETTINGS } from '../config.js';
import { nearMisses } from './near-misses.js';

const meant = (name: string): string | null => nearMisses([name], SETTINGS)[0]?.meant ?? null;

describe('nearMisses', () => {
  it.each([
    ['DATABSE_URL', 'DATABASE_URL'],
    ['DATABASEURL', 'DATABASE_URL'],
    ['database_url', 'DATABASE_URL'],
    ['PUBLIC_ULR', 'PUBLIC_URL'],
    ['TRUSTED_PROXY', 'TRUST_PROXY'],
    ['TRUST_PROXIES', null],
    ['REDIS_URI', 'REDIS_URL'],
    ['WEB_CONCURENCY', 'WEB_CONCURRENCY'],
    ['RETENTION_CLICK_DAYS', 'RETENTION_CLICKS_DAYS'],
    ['CIDRA_PORT', 'PORT'],
    ['CIDRA_DATABASE_URL', 'DATABASE_URL'],
    ['DATADIR', 'DATA_DIR'],
    ['PROT', 'PORT'],
    ['HSOT', 'HOST'],
    ['POST', null],
    ['GEO_IP_PATH', 'GEOIP_PATH'],
  ])('%s: %s', (name, setting) => expect(meant(name)).toBe(setting));

  it('leaves alone what systems and other programs set', () => {
    const others = `
      HOME PATH HOSTNAME HOSTTYPE PWD LOGNAME USER SHELL LANG TERM TZ MAIL SHLVL TMPDIR HTTP_PROXY HTTPS_PROXY
      NO_PROXY NODE_ENV NODE_OPTIONS NODE_PATH npm_config_cache npm_package_version INIT_CWD POSTGRES_PASSWORD
      POSTGRES_USER PGHOST PGPORT PGDATA REDIS_PASSWORD SECRET_KEY_BASE XDG_DATA_DIRS XDG_DATA_HOME SSH_AUTH_SOCK
      INVOCATION_ID JOURNAL_STREAM KUBERNETES_SERVICE_HOST KUBERNETES_PORT CI DEBUG COLORTERM EDITOR LS_COLORS
      LOG_FORMAT DOCKER_HOST API_KEY ADMIN_EMAIL BASE_URL DATABASE_NAME ROLES HOSTS PORTS`
      .trim()
      .split(/\s+/);
    expect(nearMisses([...others, ...SETTINGS], SETTINGS)).toEqual([]);
  });
});
