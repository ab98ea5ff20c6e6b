/** gRPC status codes that the runtime answers with. */
export type GrpcCode =
  | 'Canceled'
  | 'Unknown'
  | 'InvalidArgument'
  | 'DeadlineExceeded'
  | 'NotFound'
  | 'AlreadyExists'
  | 'FailedPrecondition'
  | 'ResourceExhausted'
  | 'Internal'
  | 'Unavailable'
  | 'Unimplemented';

/** A call that failed. `message` reads as Go's grpc prints a status: `rpc error: code = NotFound desc = …`. */
export class CriError extends Error {
  override readonly name = 'CriError';
  readonly code: GrpcCode;
  /** The text after `desc = `. */
  readonly description: string;

  constructor(code: GrpcCode, description: string) {
    super(`rpc error: code = ${code} desc = ${description}`);
    this.code = code;
    this.description = description;
  }
}
