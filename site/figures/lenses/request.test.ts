import { expect, it } from 'vitest';
import { openScenario } from '../opening.ts';
import { findScenario } from '../scenario.ts';

async function latest(name: string) {
  const { scenario, file } = findScenario(name, undefined);
  const { models } = await openScenario(scenario, file);
  const request = models.request!.requests[0]!;
  return { ...request, refused: request.gates.filter(({ verdict }) => verdict === 'refused').map(({ gate }) => gate) };
}

it('what somebody else has changed meanwhile is refused where it is stored', async () => {
  expect(await latest('build-your-own/write-a-controller/conflict')).toMatchObject({
    you: true,
    verb: 'update',
    code: 409,
    refused: ['store'],
  });
});

it('what a program in a pod asks for comes before the door that was opened to start it', async () => {
  expect(await latest('security/service-accounts/token')).toMatchObject({
    who: 'curl',
    verb: 'delete',
    code: 403,
    refused: ['authorization'],
  });
});
