// @ts-check
/**
 * <gate-scanner>: scans tickets with the camera, and sends typed codes the same way.
 *
 * Attributes: data-scan-url, data-csrf, data-door, data-reader and data-wasm (zxing), data-icons (sprite).
 * Posts JSON {"scan_id": uuid, "code": text, "door": text, "device_at": ISO time} with the header X-CSRF-Token.
 * Expects JSON {"kind": "ok|used|refused|unknown", "title": text, "text": text, "facts": [[label, value], ...],
 * "who": text, "detail": text, "at": "19:02:41", "admitted": n, "expected": n, "counts_words": text, "percent_words": text}.
 * A scan whose answer did not arrive is sent again with the SAME scan_id, so that a ticket is admitted once and the answer
 * is the first one. A code is sent again only after it was out of sight for three seconds.
 */
import { openReader } from './qr-reader.js';

const FRAME_MS = 80;
const SAME_CODE_MS = 3000;
const SIDE = 480;
const RETRY_MS = [400, 1000, 2000, 4000];
const MARKS = { ok: 'circle-check', used: 'triangle-alert', refused: 'circle-x', unknown: 'circle-help' };
const TONES = { ok: [[880, 0.12]], used: [[440, 0.12], [440, 0.12]], refused: [[220, 0.4]], unknown: [[330, 0.25]] };
const SHAKES = { ok: [80], used: [80, 80, 80], refused: [400], unknown: [200] };

/** @typedef {'ok' | 'used' | 'refused' | 'unknown'} Kind */
/** @typedef {{kind: Kind, title: string, text?: string, facts?: [string, string][], who?: string, detail?: string, at?: string,
 *   admitted?: number, expected?: number, counts_words?: string, percent_words?: string}} Answer */

class GateScanner extends HTMLElement {
  #busy = false;
  #sound = true;
  #lastCode = '';
  #lastAt = -SAME_CODE_MS;
  /** @type {AudioContext | null} */ #audio = null;
  /** @type {MediaStream | null} */ #stream = null;
  #canvas = document.createElement('canvas');

  connectedCallback() {
    this.#canvas.width = SIDE;
    this.#canvas.height = SIDE;
    this.#find('form[data-typed]').addEventListener('submit', (event) => this.#typed(event));
    this.#find('[data-open]').addEventListener('click', () => void this.#openCamera());
    const sound = this.#find('[data-sound]');
    sound.addEventListener('click', () => {
      this.#sound = !this.#sound;
      sound.setAttribute('aria-pressed', String(this.#sound));
      sound.querySelector('use')?.setAttribute('href', `${this.dataset.icons}#${this.#sound ? 'volume-2' : 'volume-x'}`);
    });
    this.#find('[data-torch]').addEventListener('click', () => void this.#toggleTorch());
    this.#find('[data-camera]').hidden = !navigator.mediaDevices;
    void this.#openIfAllowed();
  }

  disconnectedCallback() {
    for (const track of this.#stream?.getTracks() || []) track.stop();
  }

  /** @param {string} selector @returns {HTMLElement} */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.querySelector(selector));
  }

  /** Opens the camera without a tap once it was allowed before. */
  async #openIfAllowed() {
    try {
      const allowed = await navigator.permissions.query({ name: /** @type {PermissionName} */ ('camera') });
      if (allowed.state === 'granted') await this.#openCamera();
    } catch {
      // This browser does not tell: the button asks.
    }
  }

  async #openCamera() {
    const words = this.#find('[data-camera-words]');
    words.textContent = 'Starting the camera.';
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: { ideal: 'environment' }, width: { ideal: 1280 } }, audio: false,
      });
    } catch {
      words.textContent = 'The camera was not allowed or is not there. Type the code below instead.';
      return;
    }
    const video = /** @type {HTMLVideoElement} */ (this.#find('video'));
    video.srcObject = this.#stream;
    await video.play();
    const track = this.#stream.getVideoTracks()[0];
    this.#find('[data-torch]').hidden = !(/** @type {any} */ (track.getCapabilities?.() || {}).torch);
    this.#find('[data-start]').hidden = true;
    this.#keepAwake();
    const read = await openReader(this.dataset.reader || '', this.dataset.wasm || '');
    this.setAttribute('data-scanning', '');
    void this.#look(video, read);
  }

  /** @param {HTMLVideoElement} video @param {import('./qr-reader.js').Read} read */
  async #look(video, read) {
    while (this.isConnected) {
      const started = performance.now();
      if (!this.#busy && !document.hidden && video.videoWidth) {
        const code = await read(this.#centre(video)).catch(() => '');
        if (code && !this.#isRepeat(code)) await this.#send(code);
      }
      await rest(Math.max(10, FRAME_MS - (performance.now() - started)));
    }
  }

  /** The middle square of the picture, which is where people hold the code. @param {HTMLVideoElement} video */
  #centre(video) {
    const side = Math.round(Math.min(video.videoWidth, video.videoHeight) * 0.9);
    const pen = this.#canvas.getContext('2d', { willReadFrequently: true });
    pen?.drawImage(video, (video.videoWidth - side) / 2, (video.videoHeight - side) / 2, side, side, 0, 0, SIDE, SIDE);
    return this.#canvas;
  }

  /** @param {string} code */
  #isRepeat(code) {
    const now = performance.now();
    const repeat = code === this.#lastCode && now - this.#lastAt < SAME_CODE_MS;
    this.#lastCode = code;
    this.#lastAt = now;
    return repeat;
  }

  /** @param {Event} event */
  #typed(event) {
    event.preventDefault();
    const input = /** @type {HTMLInputElement} */ (this.#find('#f-code'));
    const code = input.value.trim();
    if (!code || this.#busy) return;
    input.value = '';
    void this.#send(code);
  }

  /** @param {string} code */
  async #send(code) {
    this.#busy = true;
    const scan = JSON.stringify({
      scan_id: crypto.randomUUID(), code, door: this.dataset.door || '', device_at: new Date().toISOString(),
    });
    try {
      const answer = await this.#ask(scan);
      this.#show(answer);
      this.#remember(answer);
    } finally {
      this.#lastAt = performance.now();
      this.#busy = false;
    }
  }

  /** Asks until there is an answer; the scan keeps its id. @param {string} scan @returns {Promise<Answer>} */
  async #ask(scan) {
    for (let attempt = 0; ; attempt += 1) {
      try {
        const reply = await fetch(this.dataset.scanUrl || '', {
          method: 'POST', body: scan,
          headers: { 'content-type': 'application/json', accept: 'application/json', 'x-csrf-token': this.dataset.csrf || '' },
        });
        if (reply.ok) return await reply.json();
        if (reply.status < 500 && reply.status !== 429) return await refusal(reply);
      } catch {
        // The network: ask again below.
      }
      this.#show({ kind: 'unknown', title: 'No answer yet', text: 'The network is slow. Trying again with the same scan.' }, true);
      await rest(RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)]);
    }
  }

  /** @param {Answer} answer @param {boolean} [quiet] */
  #show(answer, quiet = false) {
    const box = this.#find('[data-verdict]');
    const parts = [this.#icon(answer.kind, 'i big'), element('h2', answer.title)];
    if (answer.text) parts.push(element('p', answer.text));
    if (answer.facts?.length) {
      const list = element('dl', '');
      for (const [label, value] of answer.facts) list.append(element('dt', label), element('dd', value));
      parts.push(list);
    }
    box.replaceChildren(...parts);
    box.dataset.kind = answer.kind;
    box.removeAttribute('data-fresh');
    if (quiet) return;
    void box.offsetWidth; // restarts the animation
    box.setAttribute('data-fresh', '');
    // Before the first tap browsers refuse, and say so in the console.
    if (navigator.userActivation?.hasBeenActive !== false) navigator.vibrate?.(SHAKES[answer.kind]);
    if (this.#sound) this.#play(TONES[answer.kind]);
    if (answer.expected === undefined || answer.admitted === undefined) return;
    const meter = /** @type {HTMLProgressElement} */ (this.#find('[data-meter]'));
    meter.max = Math.max(1, answer.expected);
    meter.value = answer.admitted;
    this.#find('[data-counts]').textContent = answer.counts_words || '';
    this.#find('[data-percent]').textContent = answer.percent_words || '';
  }

  /** @param {Answer} answer */
  #remember(answer) {
    if (!answer.at) return;
    const row = element('li', '');
    row.dataset.kind = answer.kind;
    const time = element('time', answer.at);
    time.className = 'num';
    const small = element('small', [answer.who, answer.detail].filter(Boolean).join(', '));
    row.append(this.#icon(answer.kind, 'i'), element('b', answer.title), time, small);
    const list = this.#find('[data-recent]');
    list.prepend(row);
    while (list.children.length > 20) list.lastElementChild?.remove();
    this.querySelector('[data-none]')?.remove();
  }

  /** @param {Kind} kind @param {string} cls */
  #icon(kind, cls) {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('class', cls);
    svg.setAttribute('aria-hidden', 'true');
    const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
    use.setAttribute('href', `${this.dataset.icons}#${MARKS[kind]}`);
    svg.append(use);
    return svg;
  }

  /** @param {number[][]} tones frequency in Hz and length in seconds */
  #play(tones) {
    this.#audio ||= new AudioContext();
    let at = this.#audio.currentTime;
    for (const [frequency, seconds] of tones) {
      const tone = this.#audio.createOscillator();
      const volume = this.#audio.createGain();
      tone.frequency.value = frequency;
      volume.gain.setValueAtTime(0.25, at);
      volume.gain.exponentialRampToValueAtTime(0.001, at + seconds);
      tone.connect(volume).connect(this.#audio.destination);
      tone.start(at);
      tone.stop(at + seconds);
      at += seconds + 0.06;
    }
  }

  async #toggleTorch() {
    const button = this.#find('[data-torch]');
    const on = button.getAttribute('aria-pressed') !== 'true';
    const track = this.#stream?.getVideoTracks()[0];
    await track?.applyConstraints(/** @type {any} */ ({ advanced: [{ torch: on }] }));
    button.setAttribute('aria-pressed', String(on));
  }

  /** Phones must not go dark at the door; a refused request changes nothing. */
  #keepAwake() {
    const ask = () => void (/** @type {any} */ (navigator).wakeLock?.request('screen').catch(() => {}));
    ask();
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) ask();
    });
  }
}

/** @param {Response} reply @returns {Promise<Answer>} */
async function refusal(reply) {
  const problem = await reply.json().catch(() => ({}));
  const text = problem.detail || 'Load the page again. If that does not help, sign in again.';
  return { kind: 'unknown', title: 'Not checked', text };
}

/** @param {string} name @param {string} text */
function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

/** @param {number} ms @returns {Promise<void>} */
function rest(ms) {
  return new Promise((done) => {
    setTimeout(done, ms);
  });
}

customElements.define('gate-scanner', GateScanner);
