import { writeFile } from "node:fs/promises";
import { create } from "qrcode";

const WIDTH = 640;
const HEIGHT = 480;
const FRAMES_A_SECOND = 10;
const WHITE = 220;
const BLACK = 30;
const GREY = 128;

/** What Chromium takes for the picture of a camera, which it asks nobody for. It is read when a camera is opened, and again when it ends. */
export const fakeCameraArguments = (file: string): string[] => [
  "--use-fake-ui-for-media-stream",
  "--use-fake-device-for-media-stream",
  `--use-file-for-fake-video-capture=${file}`,
];

/** Shows the camera a code (null: a bare wall) in each second of the film, as it is held before it by hand: small, and aslant. */
export async function writeFilm(file: string, seconds: readonly (string | null)[]): Promise<void> {
  const frames = seconds.flatMap((code) => {
    const frame = Buffer.concat([Buffer.from("FRAME\n"), pictureOf(code)]);
    return Array.from({ length: FRAMES_A_SECOND }, () => frame);
  });
  const header = `YUV4MPEG2 W${WIDTH} H${HEIGHT} F${FRAMES_A_SECOND}:1 Ip A1:1 C420jpeg\n`;
  await writeFile(file, Buffer.concat([Buffer.from(header), ...frames]));
}

/** Brightness by the pixel, and then the two planes of colour, of which there is none. */
function pictureOf(code: string | null): Buffer {
  const colour = Buffer.alloc((WIDTH * HEIGHT) / 2, 128);
  const light = Buffer.alloc(WIDTH * HEIGHT, GREY);
  if (code !== null) draw(light, code);
  return Buffer.concat([light, colour]);
}

function draw(light: Buffer, code: string): void {
  const { size, data } = create(code, { errorCorrectionLevel: "M" }).modules;
  const cells = size + 8;
  const pixels = HEIGHT * 0.6;
  const [cos, sin] = [Math.cos(0.35), Math.sin(0.35)];
  const at = (offset: number) => Math.floor((offset / pixels + 0.5) * cells) - 4;
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const [right, down] = [x - WIDTH / 2, y - HEIGHT / 2];
      const column = at(right * cos + down * sin);
      const row = at(down * cos - right * sin);
      if (Math.min(column, row) < -4 || Math.max(column, row) >= size + 4) continue;
      const isInside = column >= 0 && row >= 0 && column < size && row < size;
      light[y * WIDTH + x] = isInside && data[row * size + column] ? BLACK : WHITE;
    }
  }
}
