/** Which screen the address names. Addresses hold random ids and fixed words alone, never a text. */

export type Place =
  | { readonly screen: 'new' }
  | { readonly screen: 'conversation'; readonly id: string }
  | { readonly screen: 'settings'; readonly anchor: string | null }
  | { readonly screen: 'welcome' };

/** The place that a fragment names; what is no place is a new conversation. */
export function placeOf(hash: string): Place {
  const [, first, second, more] = /^#\/(\w+)(?:\/([a-z0-9-]{1,64}))?(\/.*)?$/.exec(hash) ?? [];
  if (more === undefined) {
    if (first === 'c' && second !== undefined) return { screen: 'conversation', id: second };
    if (first === 'settings') return { screen: 'settings', anchor: second ?? null };
    if (first === 'welcome' && second === undefined) return { screen: 'welcome' };
  }
  return { screen: 'new' };
}

/** The fragment that names a place. */
export function hashOf(place: Place): string {
  switch (place.screen) {
    case 'new':
      return '#/';
    case 'conversation':
      return `#/c/${place.id}`;
    case 'settings':
      return place.anchor === null ? '#/settings' : `#/settings/${place.anchor}`;
    case 'welcome':
      return '#/welcome';
  }
}
