// @ts-check
/**
 * <stream-viewer data-url data-state>: says every few seconds that this browser still watches, also in a hidden tab.
 *
 * Once data-url answers another state than data-state (another device took over, the ticket was given back, it is over),
 * what plays is taken away at once, and the page is asked for anew.
 */
const EVERY = 5000;

class StreamViewer extends HTMLElement {
  #timer = 0;

  connectedCallback() {
    document.addEventListener('visibilitychange', this);
    this.#later();
  }

  disconnectedCallback() {
    document.removeEventListener('visibilitychange', this);
    clearTimeout(this.#timer);
  }

  handleEvent() {
    if (!document.hidden) void this.#ask();
  }

  #later() {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#ask(), EVERY);
  }

  async #ask() {
    try {
      const answer = await fetch(this.dataset.url || '', { headers: { accept: 'application/json' }, cache: 'no-store' });
      if (answer.ok && (await answer.json()).state !== this.dataset.state) {
        this.replaceChildren();
        location.reload();
        return;
      }
    } catch {
      // No network just now: the next question comes by itself.
    }
    this.#later();
  }
}

customElements.define('stream-viewer', StreamViewer);
