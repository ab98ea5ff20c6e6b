/** `break` and `continue`, on their way to their loop. */
export class LoopJump {
  readonly kind: 'break' | 'continue';
  levels: number;

  constructor(kind: LoopJump['kind'], levels: number) {
    this.kind = kind;
    this.levels = levels;
  }
}

/** `return`, on its way to its function or file. */
export class ReturnJump {
  readonly code: number;

  constructor(code: number) {
    this.code = code;
  }
}

/** `exit`, on its way out of the shell. */
export class ExitJump {
  readonly code: number;

  constructor(code: number) {
    this.code = code;
  }
}

/** ^C at an interactive shell, on its way to the prompt. */
export class InterruptJump {}
