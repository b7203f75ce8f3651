// @ts-check
/** <local-time data-at data-prefix>: the moment in the reader's own zone; stays hidden when that is the zone of data-at. */
class LocalTime extends HTMLElement {
  connectedCallback() {
    const at = new Date(this.dataset.at || '');
    const offset = /([+-])(\d\d):(\d\d)$/.exec(this.dataset.at || '');
    if (Number.isNaN(at.getTime()) || !offset) return;
    const minutes = (Number(offset[2]) * 60 + Number(offset[3])) * (offset[1] === '-' ? -1 : 1);
    if (minutes === -at.getTimezoneOffset()) return;
    const words = new Intl.DateTimeFormat(document.documentElement.lang, {
      weekday: 'short', day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZoneName: 'short',
    });
    this.textContent = (this.dataset.prefix || '') + words.format(at);
    this.hidden = false;
  }
}

customElements.define('local-time', LocalTime);
