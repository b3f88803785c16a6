/** A part of the page that a start does not wait for: fetched from the host when it is first shown. */
export class Part<Module> {
  #module = $state.raw<Module | null>(null);
  readonly #load: () => Promise<Module>;

  constructor(load: () => Promise<Module>) {
    this.#load = load;
  }

  /** `null` until it is here. */
  get module(): Module | null {
    return this.#module;
  }

  /** Safe to repeat: what could not be fetched is fetched by the next call. */
  async fetch(): Promise<void> {
    if (this.#module) return;
    try {
      this.#module = await this.#load();
    } catch {
      // The line to the host is gone, which the window says.
    }
  }
}
