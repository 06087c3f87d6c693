const FINAL_TEXT = 0x81;
const LENGTH_IN_16_BITS = 126;
const LENGTH_IN_64_BITS = 127;
const CLOSING_BRACE = 0x7d;

/**
 * A whole WebSocket message, `head` and `body` and a closing brace, as a server sends it (RFC 6455, section 5.2): in one piece, so that the
 * system is called once.
 */
export function textFrame(head: Buffer, body: Buffer): Buffer {
  const length = head.length + body.length + 1;
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
  head.copy(frame, start);
  body.copy(frame, start + head.length);
  frame[start + length - 1] = CLOSING_BRACE;
  return frame;
}
