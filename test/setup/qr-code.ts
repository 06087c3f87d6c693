import jsqr from "jsqr";
import { PNG } from "pngjs";

// Its types are those of an ES module, and it is none.
const decode = jsqr as unknown as typeof jsqr.default;

/** What a scanner reads in a picture, a PNG. */
export function readQrCode(picture: Buffer): string {
  const { data, width, height } = PNG.sync.read(picture);
  return decode(new Uint8ClampedArray(data), width, height)?.data ?? "unreadable";
}
