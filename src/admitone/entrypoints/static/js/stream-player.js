// @ts-check
/**
 * Plays the page's HLS video where the browser does not by itself. Loaded only on pages that show a stream.
 *
 * The player's own worker would need a page policy that lets scripts be made on the fly; without it, it works in the page.
 */
import Hls from '../vendor/hls/hls.js';

const TRY_AGAIN = 5000;
const video = document.querySelector('stream-viewer video');
const problem = document.querySelector('[data-problem]');

/** @param {boolean} isShown */
function tell(isShown) {
  if (problem instanceof HTMLElement) problem.hidden = !isShown;
}

if (video instanceof HTMLVideoElement && Hls.isSupported()) {
  const url = video.src;
  video.removeAttribute('src');
  const player = new Hls({ enableWorker: false, lowLatencyMode: false });
  player.on(Hls.Events.FRAG_BUFFERED, () => tell(false));
  player.on(Hls.Events.ERROR, (_, what) => {
    if (!what.fatal) return;
    tell(true);
    window.setTimeout(() => {
      if (!video.isConnected) return;
      if (what.type === Hls.ErrorTypes.MEDIA_ERROR) player.recoverMediaError();
      else player.loadSource(url);
    }, TRY_AGAIN);
  });
  player.loadSource(url);
  player.attachMedia(video);
  // What is asked for once the stream is given back would be refused.
  document.querySelector('[data-gives-back]')?.addEventListener('submit', () => player.destroy());
  // Taken from the page: another device watches now.
  new MutationObserver(() => {
    if (!video.isConnected) player.destroy();
  }).observe(document.body, { childList: true, subtree: true });
}
