// @ts-check
/**
 * <time-left data-until hidden>: counts down to that moment, minutes and seconds, behind words that say the moment.
 * <time-left data-until data-instead>7 minutes</time-left>: the same in place of the words in it, which say how long.
 * Both only within the last hour.
 */
class TimeLeft extends HTMLElement {
  #timer = 0;

  connectedCallback() {
    this.#tell();
    this.#timer = window.setInterval(() => this.#tell(), 1000);
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }

  #tell() {
    const instead = 'instead' in this.dataset;
    const seconds = Math.floor((Date.parse(this.dataset.until || '') - Date.now()) / 1000);
    const is_near = seconds >= 0 && seconds < 3600;
    const left = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    if (!instead) {
      this.hidden = !is_near;
      this.textContent = is_near ? ` (${left} left)` : '';
    } else if (is_near) {
      this.textContent = left;
    }
  }
}

customElements.define('time-left', TimeLeft);
