/** Which screen is shown. Back and forward of the browser work; the address holds no text. */
import { hashOf, placeOf, type Place } from './address.ts';

class Route {
  #place = $state.raw<Place>({ screen: 'new' });

  get place(): Place {
    return this.#place;
  }

  /** The open conversation's id, or null. */
  get conversation(): string | null {
    return this.#place.screen === 'conversation' ? this.#place.id : null;
  }

  start(): void {
    window.addEventListener('hashchange', () => this.#follow());
    this.#follow();
  }

  /** @param replace without a step for the browser's back button. */
  go(place: Place, { replace = false }: { readonly replace?: boolean } = {}): void {
    const hash = hashOf(place);
    if (hash !== location.hash) {
      if (replace) window.history.replaceState(null, '', hash);
      else window.history.pushState(null, '', hash);
    }
    this.#place = place;
  }

  newConversation(): void {
    this.go({ screen: 'new' });
  }

  open(id: string): void {
    this.go({ screen: 'conversation', id });
  }

  /** A new conversation got its id: same screen, another address. */
  became(id: string): void {
    this.go({ screen: 'conversation', id }, { replace: true });
  }

  settings(anchor: string | null = null): void {
    this.go({ screen: 'settings', anchor });
  }

  #follow(): void {
    this.#place = placeOf(location.hash);
  }
}

export const route = new Route();
