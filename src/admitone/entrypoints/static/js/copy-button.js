// @ts-check
/** <copy-button data-text>: shows its button when the clipboard can be written, copies, and says so. */
class CopyButton extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector('button');
    const label = this.querySelector('[data-label]');
    if (!button || !label || !navigator.clipboard) return;
    const words = label.textContent;
    label.setAttribute('role', 'status');
    button.hidden = false;
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(this.dataset.text || '');
      label.textContent = 'Copied';
      setTimeout(() => {
        label.textContent = words;
      }, 2000);
    });
  }
}

customElements.define('copy-button', CopyButton);
