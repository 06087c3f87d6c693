import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
import engineUrl from "zxing-wasm/reader/zxing_reader.wasm?url";
import type { Reading } from "./reading.js";

/** Finds QR codes in pictures, away from the thread that answers the steward. */
const worker = globalThis as unknown as DedicatedWorkerGlobalScope;

prepareZXingModule({ overrides: { locateFile: () => engineUrl } });

worker.addEventListener("message", ({ data }: MessageEvent<ImageData>) => {
  const answer = (reading: Reading) => worker.postMessage(reading);
  read(data).then(
    (code) => answer({ code, problem: null }),
    (error: unknown) => answer({ code: null, problem: error instanceof Error ? error.message : String(error) }),
  );
});

async function read(picture: ImageData): Promise<string | null> {
  const [found] = await readBarcodes(picture, { formats: ["QRCode"], maxNumberOfSymbols: 1 });
  return found?.isValid ? found.text.trim() : null;
}
