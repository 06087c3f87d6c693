const OPCODE = 0x0f;
const LENGTH = 0x7f;
const TWO_BYTE_LENGTH = 126;
const EIGHT_BYTE_LENGTH = 127;

/** Bytes `from` to `to` of the buffer, which is another's: they are only there during the call. */
export type OnFrame = (opcode: number, buffer: Buffer, from: number, to: number) => void;

/** Takes the frames of a server (RFC 6455: unmasked, and ours are of one piece) out of what one connection brings. */
export class FrameReader {
  private rest: Buffer | null = null;

  constructor(private readonly onFrame: OnFrame) {}

  read(chunk: Buffer): void {
    const data = this.rest === null ? chunk : Buffer.concat([this.rest, chunk]);
    const end = this.readWhole(data);
    this.rest = end === data.length ? null : Buffer.from(data.subarray(end));
  }

  /** Answers where the first frame begins that is not whole yet. */
  private readWhole(data: Buffer): number {
    let at = 0;
    for (;;) {
      const from = at + headLength(data, at);
      const to = from + bodyLength(data, at);
      // Not so either for NaN.
      if (!(to <= data.length)) return at;
      this.onFrame((data[at] ?? 0) & OPCODE, data, from, to);
      at = to;
    }
  }
}

const headLength = (data: Buffer, at: number): number => (shortLength(data, at) === TWO_BYTE_LENGTH ? 4 : 2);

/** NaN: there is too little of the frame to tell. */
function bodyLength(data: Buffer, at: number): number {
  const length = shortLength(data, at);
  if (length === EIGHT_BYTE_LENGTH) throw new Error("a frame of more than 65,535 bytes");
  if (length !== TWO_BYTE_LENGTH) return length;
  return at + 4 <= data.length ? data.readUInt16BE(at + 2) : Number.NaN;
}

/** 0 where it has not come yet, with which the frame is not whole either. */
const shortLength = (data: Buffer, at: number): number => (data[at + 1] ?? 0) & LENGTH;
