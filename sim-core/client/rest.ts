/**
 * The API as its outside clients see it: HTTP without the bytes. kubectl, the page, graders and the HTTP server all speak
 * these messages; a host carries them in-process, through a Worker, over a pipe or over TCP.
 */
export interface RestRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query: `/api/v1/namespaces/default/pods?limit=500`. */
  readonly path: string;
  /** Lower-case names: `accept`, `content-type`, `user-agent`, `authorization`, `impersonate-user` … */
  readonly headers?: Readonly<Record<string, string>>;
  /** A JSON value, or the raw text of the body when strict decoding must see it (duplicate fields). */
  readonly body?: unknown;
  /** The subject of a client certificate that whoever carries the request has verified, or that there is one which is not valid here. */
  readonly certificate?: { readonly commonName: string; readonly organizations: readonly string[] } | 'rejected';
  /** A client certificate as its owner presents it (PEM), for the cluster to verify. */
  readonly clientCertificate?: string;
}

export interface RestResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A JSON value (objects may be frozen and shared), or text for non-JSON answers such as logs and `/healthz`. */
  readonly body: unknown;
}

/** One event of a watch, as in metav1.WatchEvent. */
export interface RestWatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: unknown;
}

/** What a long-running request sends while it runs. Channels of exec/attach are those of `v5.channel.k8s.io`. */
export type StreamChunk =
  | { readonly kind: 'watch'; readonly event: RestWatchEvent }
  /** Bytes as a string of code units 0–255 on a channel: 1 stdout, 2 stderr, 3 error (a Status as JSON). Logs use 1. */
  | { readonly kind: 'data'; readonly channel: number; readonly data: string };

export interface RestStream {
  /** Sends bytes (code units 0–255) on a channel: 0 stdin, 4 resize (JSON). */
  send(channel: number, data: string): void;
  /** Tells the server that no more will come on stdin. */
  closeInput(): void;
  /** Ends the request from the client's side. */
  close(): void;
}

export interface StreamHandler {
  /** The answer's head. A status other than 200/101 carries a Status body and no chunk follows. */
  head(response: RestResponse): void;
  chunk(chunk: StreamChunk): void;
  /** The request is over: by the server, or by `close`. */
  end(): void;
}

/** How an outside client reaches an API server. Rejects only with a `ConnectionError`: HTTP errors are answers. */
export interface RestClient {
  request(request: RestRequest, signal?: AbortSignal): Promise<RestResponse>;
  /** Requests that go on: `watch=true`, `follow=true`, exec, attach, portforward. */
  stream(request: RestRequest, handler: StreamHandler): RestStream;
  /** Where the server is, for messages: `https://10.0.0.10:6443`. */
  readonly server: string;
}

/** The server could not be reached; `message` is as Go's net/http would word it. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}
