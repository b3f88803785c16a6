/** Where the window keeps how it looked last. `public/first-paint.js` reads it too. */
export const appearanceName = 'sotto.appearance';
