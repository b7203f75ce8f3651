// @ts-check
/**
 * Reads QR codes out of pictures: the browser's own BarcodeDetector where it knows QR, else zxing-wasm from our own server.
 *
 * @typedef {(picture: HTMLCanvasElement) => Promise<string>} Read the text of the code in the picture, or ''
 */

/** @param {string} readerUrl @param {string} wasmUrl @returns {Promise<Read>} */
export async function openReader(readerUrl, wasmUrl) {
  return (await nativeReader()) || zxingReader(readerUrl, wasmUrl);
}

/** @returns {Promise<Read | null>} */
async function nativeReader() {
  const Detector = /** @type {any} */ (window).BarcodeDetector;
  if (!Detector) return null;
  try {
    if (!(await Detector.getSupportedFormats()).includes('qr_code')) return null;
    const detector = new Detector({ formats: ['qr_code'] });
    return async (picture) => (await detector.detect(picture))[0]?.rawValue || '';
  } catch {
    return null;
  }
}

/** @param {string} readerUrl @param {string} wasmUrl @returns {Promise<Read>} */
async function zxingReader(readerUrl, wasmUrl) {
  const zxing = await import(readerUrl);
  await zxing.prepareZXingModule({ overrides: { locateFile: () => wasmUrl }, fireImmediately: true });
  const options = { formats: ['QRCode'], maxNumberOfSymbols: 1, tryHarder: false, tryDownscale: true };
  return async (picture) => {
    const pen = picture.getContext('2d', { willReadFrequently: true });
    if (!pen) return '';
    const found = await zxing.readBarcodes(pen.getImageData(0, 0, picture.width, picture.height), options);
    return found[0]?.isValid === false ? '' : found[0]?.text || '';
  };
}
