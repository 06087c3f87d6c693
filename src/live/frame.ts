const FINAL_TEXT = 0x81;
const LENGTH_IN_16_BITS = 126;
const LENGTH_IN_64_BITS = 127;
const CLOSING_BRACE = 0x7d;

/**
 * One WebSocket message for many, as a server sends it (RFC 6455, section 5.2): a head that is each one's own, the body, and a
 * closing brace, in one piece, so that the system is called once. Heads of one length are written into the same memory, one after
 * the other: what the system has taken it has copied.
 */
export class TextFrame {
  private frame: Buffer | null = null;
  private headLength = 0;
  private start = 0;

  constructor(private readonly body: Buffer) {}

  /** The whole message. The next one is written over it, unless it is kept. */
  with(head: Buffer): Buffer {
    const known = this.headLength === head.length ? this.frame : null;
    const frame = known ?? this.make(head.length);
    head.copy(frame, this.start);
    return frame;
  }

  /** The last one has not been sent yet. */
  keep(): void {
    this.frame = null;
  }

  private make(headLength: number): Buffer {
    const length = headLength + this.body.length + 1;
    const start = length < LENGTH_IN_16_BITS ? 2 : length < 65_536 ? 4 : 10;
    const frame = Buffer.allocUnsafe(start + length);
    frame[0] = FINAL_TEXT;
    if (start === 2) frame[1] = length;
    else if (start === 4) {
      frame[1] = LENGTH_IN_16_BITS;
      frame.writeUInt16BE(length, 2);
    } else {
      frame[1] = LENGTH_IN_64_BITS;
      frame.writeBigUInt64BE(BigInt(length), 2);
    }
    this.body.copy(frame, start + headLength);
    frame[start + length - 1] = CLOSING_BRACE;
    this.headLength = headLength;
    this.start = start;
    this.frame = frame;
    return frame;
  }
}
