import { NetworkError } from '../../sim-core/images/process.ts';
import type { TcpTest } from '../format/tests.ts';
import { failed, type Outcome, PASSED, type TestContext } from './context.ts';
import { placeName, runToEnd, standAt, TIMEOUT } from './place.ts';

/** Whether a connection comes about, from a place. */
export function testTcp({ host, port, from, open = true }: TcpTest, context: TestContext): Outcome {
  const place = standAt(from, context);
  if ('status' in place) return place;
  const connection = runToEnd(place.copy, place.stack.connect(host, port, TIMEOUT));
  const where = { to: `${host}:${port}`, from: placeName(from) };
  if (connection instanceof NetworkError)
    return open ? failed('tcp-closed', { ...where, found: connection.message }) : PASSED;
  connection.close();
  return open ? PASSED : failed('tcp-open', where);
}
