import path from 'node:path';
import { defaultKubeconfig, KubeconfigError, readKubeconfigFile } from '../sim-core/host/http/kubeconfig-file.ts';
import { NodeRestClient } from '../sim-core/host/http/node-rest-client.ts';

/** A running `jotasu serve`, found through the kubeconfig that it wrote. */
export class ServedConnection {
  private readonly client: NodeRestClient;
  private readonly token: string;
  private readonly file: string;

  private constructor(file: string) {
    const { server, token, authority } = readKubeconfigFile(file);
    this.file = file;
    this.token = token;
    this.client = new NodeRestClient({
      server,
      token,
      ...(authority === undefined ? {} : { certificateAuthority: authority }),
    });
  }

  /** Looks in the file named, else in $KUBECONFIG, else where serve writes by itself. Throws a KubeconfigError. */
  static find(named: string | undefined): ServedConnection {
    const fromVariable = process.env.KUBECONFIG?.split(path.delimiter).find((file) => file !== '');
    return new ServedConnection(path.resolve(named ?? fromVariable ?? defaultKubeconfig()));
  }

  /** Asks an endpoint below `/__jotasu/`. Throws an Error whose message says what to do. */
  async ask<T>(method: 'GET' | 'POST', endpoint: string, body?: unknown): Promise<T> {
    try {
      const response = await this.client.request({
        method,
        path: `/__jotasu/${endpoint}`,
        headers: { authorization: `Bearer ${this.token}` },
        ...(body === undefined ? {} : { body }),
      });
      if (response.status === 200) return response.body as T;
      const { error } = response.body as { error?: string };
      throw new KubeconfigError(error ?? `${this.client.server} is not served by jotasu (it is named in ${this.file})`);
    } catch (error) {
      if (error instanceof Error && error.name === 'ConnectionError') {
        throw new KubeconfigError(
          `nobody answers at ${this.client.server}, which ${this.file} names: is jotasu serve still running?`,
        );
      }
      throw error;
    } finally {
      this.client.close();
    }
  }
}
