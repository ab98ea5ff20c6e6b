import { describe, expect, it } from 'vitest';
import { parseSchedule } from '../../api/cron-schedule.ts';
import { timeZone } from '../../api/time-zone.ts';
import { formatTime, parseTime } from '../../engine/index.ts';
import { cronJobs } from '../../resources/cron-job.ts';
import { jobs } from '../../resources/job.ts';
import { garbageCollectorController } from '../garbage-collector/index.ts';
import { jobController } from '../job/index.ts';
import { TestCluster } from '../testing/test-cluster.ts';
import { ttlAfterFinishedController } from '../ttl-after-finished.ts';
import { cronJobController } from './index.ts';

describe('schedules', () => {
  const following = (text: string, time: string, zone?: string) => {
    const next = parseSchedule(text, timeZone(zone)).next(parseTime(time)!);
    return next === undefined ? undefined : formatTime(next);
  };

  it.each([
    ['*/15 * * * *', '2026-01-05T09:00:00Z', '2026-01-05T09:15:00Z'],
    ['0 9 * * *', '2026-01-05T09:00:00Z', '2026-01-06T09:00:00Z'],
    ['30 4 1,15 * 5', '2026-01-02T04:30:00Z', '2026-01-09T04:30:00Z'],
    ['0 0 29 feb *', '2026-03-01T00:00:00Z', '2028-02-29T00:00:00Z'],
    ['@monthly', '2026-12-01T00:00:00Z', '2027-01-01T00:00:00Z'],
    ['@every 90s', '2026-01-05T09:00:00Z', '2026-01-05T09:01:30Z'],
    ['5-7/2 * * * *', '2026-01-05T09:05:00Z', '2026-01-05T09:07:00Z'],
  ])('%s after %s is %s', (text, time, expected) => {
    expect(following(text, time)).toBe(expected);
  });

  it('know fixed time zones', () => {
    expect(following('0 9 * * *', '2026-01-05T00:30:00Z', 'Asia/Seoul')).toBe('2026-01-06T00:00:00Z');
    expect(following('0 9 * * *', '2026-01-05T00:30:00Z', 'Etc/GMT+5')).toBe('2026-01-05T14:00:00Z');
    expect(timeZone('Mars/Olympus')).toBeUndefined();
  });

  it.each([
    ['0 9 * * *', '2026-01-05T00:30:00Z', 'Europe/Berlin', '2026-01-05T08:00:00Z'],
    ['0 9 * * *', '2026-07-05T00:30:00Z', 'Europe/Berlin', '2026-07-05T07:00:00Z'],
    // Clocks go from 02:00 to 03:00 on 29 March 2026: half past two is skipped.
    ['30 2 * * *', '2026-03-28T12:00:00Z', 'Europe/Berlin', '2026-03-30T00:30:00Z'],
    ['30 2 * * *', '2026-10-24T12:00:00Z', 'Europe/Berlin', '2026-10-25T00:30:00Z'],
    ['0 0 * * *', '2026-03-08T12:00:00Z', 'America/New_York', '2026-03-09T04:00:00Z'],
    ['0 0 * * *', '2026-11-01T12:00:00Z', 'America/New_York', '2026-11-02T05:00:00Z'],
    ['0 0 * * *', '2026-12-24T00:00:00Z', 'Australia/Sydney', '2026-12-24T13:00:00Z'],
  ])('%s after %s in %s is %s', (text, time, zone, expected) => {
    expect(following(text, time, zone)).toBe(expected);
  });

  it('never come for what never is', () => {
    expect(following('0 0 31 2 *', '2026-01-01T00:00:00Z')).toBeUndefined();
  });

  it.each(['* * * *', '60 * * * *', '* * * * 7', '*/0 * * * *', '5-2 * * * *', '@often', 'x * * * *', ''])(
    'refuse %j',
    (text) => {
      expect(() => parseSchedule(text)).toThrow();
    },
  );
});

describe('the CronJob controller', () => {
  const controllers = [cronJobController, jobController, garbageCollectorController, ttlAfterFinishedController];
  const report = (spec: object = {}) => ({
    metadata: { name: 'report' },
    spec: {
      schedule: '*/5 * * * *',
      jobTemplate: {
        spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'r', image: 'busybox' }] } } },
      },
      ...spec,
    },
  });

  it('starts a Job at each due time and keeps the last three', () => {
    const cluster = new TestCluster({ controllers, kubelet: () => 'succeeded' });
    cluster.create(cronJobs, report());
    cluster.wait(301);
    const minute = parseTime('2026-01-05T09:05:00Z')! / 60_000_000;
    const [job] = cluster.list(jobs);
    expect(job!.metadata).toMatchObject({
      name: `report-${minute}`,
      annotations: { 'batch.kubernetes.io/cronjob-scheduled-timestamp': '2026-01-05T09:05:00Z' },
      ownerReferences: [{ kind: 'CronJob', name: 'report', controller: true }],
    });
    expect(cluster.get(cronJobs, 'report').status.active).toMatchObject([{ kind: 'Job', name: `report-${minute}` }]);
    cluster.wait(24 * 3600 + 30);
    expect(cluster.list(jobs)).toHaveLength(3);
    const { status } = cluster.get(cronJobs, 'report');
    expect(status.active).toBeUndefined();
    expect(status.lastScheduleTime).toBe('2026-01-06T09:05:00Z');
    expect(cluster.events('CronJob').slice(0, 2)).toEqual([
      `Normal SuccessfulCreate Created job report-${minute}`,
      `Normal SawCompletedJob Saw completed job: report-${minute}, condition: Complete`,
    ]);
  });

  it.each([
    ['Allow', 3, undefined],
    [
      'Forbid',
      1,
      'Normal JobAlreadyActive Not starting job because prior execution is running and concurrency policy is Forbid',
    ],
    ['Replace', 1, 'Normal SuccessfulDelete Deleted job report-'],
  ])('%s: with Jobs that take too long, %d run after three due times', (concurrencyPolicy, running, event) => {
    const cluster = new TestCluster({ controllers });
    cluster.create(cronJobs, report({ concurrencyPolicy }));
    cluster.wait(1000);
    expect(cluster.list(jobs)).toHaveLength(running);
    if (event !== undefined) expect(cluster.events('CronJob').some((text) => text.startsWith(event))).toBe(true);
  });

  it('starts nothing while suspended, and one Job after', () => {
    const cluster = new TestCluster({ controllers });
    cluster.create(cronJobs, report({ suspend: true }));
    cluster.wait(3600);
    expect(cluster.list(jobs)).toEqual([]);
    cluster.change(cronJobs, 'report', ({ spec }) => {
      spec.suspend = false;
    });
    cluster.wait(10);
    expect(cluster.list(jobs)).toHaveLength(1);
  });

  it('removes finished Jobs after their TTL', () => {
    const cluster = new TestCluster({ controllers, kubelet: () => 'succeeded' });
    const { jobTemplate } = report().spec;
    cluster.create(jobs, { metadata: { name: 'once' }, spec: { ...jobTemplate.spec, ttlSecondsAfterFinished: 30 } });
    cluster.wait(20);
    expect(cluster.find(jobs, 'once')).toBeDefined();
    cluster.wait(30);
    expect(cluster.find(jobs, 'once')).toBeUndefined();
  });
});
