// @ts-check
/**
 * <unsaved-forms>: around several forms that are saved one by one. Has the browser ask before a page is left on which
 * something is typed in a form other than the one being sent. What is typed is what differs from what the server wrote
 * into the page; a form it refused (data-unsaved) differs from what is stored from the start.
 */
class UnsavedForms extends HTMLElement {
  /** @type {EventTarget | null} */
  #sent = null;

  connectedCallback() {
    this.addEventListener('submit', this);
    window.addEventListener('beforeunload', this);
  }

  disconnectedCallback() {
    window.removeEventListener('beforeunload', this);
  }

  /** @param {Event} event */
  handleEvent(event) {
    if (event.type === 'submit') {
      this.#sent = event.target;
      return;
    }
    const sent = this.#sent;
    // Whoever stays has sent nothing.
    this.#sent = null;
    if ([...this.querySelectorAll('form')].some((form) => form !== sent && isUnsaved(form))) event.preventDefault();
  }
}

/** @param {HTMLFormElement} form */
function isUnsaved(form) {
  return 'unsaved' in form.dataset || [...form.elements].some(isChanged);
}

/** @param {Element} field */
function isChanged(field) {
  if (field instanceof HTMLSelectElement) {
    const options = [...field.options];
    return field.selectedIndex !== Math.max(0, options.findIndex((option) => option.defaultSelected));
  }
  if (field instanceof HTMLTextAreaElement) return field.value !== field.defaultValue;
  if (!(field instanceof HTMLInputElement) || field.type === 'hidden') return false;
  if (field.type === 'checkbox' || field.type === 'radio') return field.checked !== field.defaultChecked;
  return field.value !== field.defaultValue;
}

customElements.define('unsaved-forms', UnsavedForms);
