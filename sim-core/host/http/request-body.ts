import { parse } from 'yaml';
import { decodeProtobufBody, PROTOBUF_MEDIA_TYPE } from '../../api/protobuf/decode-body.ts';
import { ProtoError } from '../../api/protobuf/reader.ts';
import { badRequest, StatusError } from '../../api/status.ts';
import type { HttpRequest } from './exchange.ts';

/** The largest request body (the API server's MaxRequestBodyBytes). */
const LIMIT = 3 * 1024 * 1024;

/** A body as the API server's face takes it: JSON text, or a value; and the media type that it now has. */
export interface ReadBody {
  readonly body?: unknown;
  readonly type?: string;
}

/** Reads a request's body. Throws a StatusError: 413 when it is too large, 400 when it cannot be read. */
export async function readRequestBody(request: HttpRequest): Promise<ReadBody> {
  const bytes = await collect(request);
  const given = request.headers['content-type'];
  if (bytes.length === 0) return { type: given };
  const type = (given ?? 'application/json').split(';', 1)[0]!.trim().toLowerCase();
  if (type === PROTOBUF_MEDIA_TYPE) return { body: fromProtobuf(bytes), type: 'application/json' };
  const text = bytes.toString('utf8');
  if (type === 'application/yaml') return { body: yamlBody(text), type: 'application/json' };
  if (type === 'application/apply-patch+yaml') return { body: yamlBody(text), type };
  return { body: text, type: given };
}

function collect(request: HttpRequest): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const tooLarge = () => {
      // What still comes is read and dropped, so that the client reads the answer rather than a broken connection.
      request.removeAllListeners('data');
      request.resume();
      reject(new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${LIMIT}`, undefined));
    };
    if (Number(request.headers['content-length'] ?? 0) > LIMIT) return tooLarge();
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > LIMIT) tooLarge();
      else chunks.push(chunk);
    });
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    request.on('error', reject);
  });
}

function fromProtobuf(bytes: Uint8Array): unknown {
  try {
    return decodeProtobufBody(bytes);
  } catch (error) {
    if (error instanceof ProtoError) throw badRequest(error.message);
    throw error;
  }
}

/** JSON is YAML: it stays text, in which duplicate fields can be told. */
function yamlBody(text: string): unknown {
  if (/^\s*\{/.test(text)) return text;
  try {
    return parse(text, { version: '1.1', merge: true, maxAliasCount: 100, logLevel: 'error' }) as unknown;
  } catch (error) {
    const line = (error as Error).message.split('\n', 1)[0]!;
    throw badRequest(
      `the object provided is unrecognized (must be of type Object): couldn't get version/kind; error converting YAML to JSON: yaml: ${line}`,
    );
  }
}
