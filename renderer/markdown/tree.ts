/** What an answer is drawn from. Nothing in it can load, open or run anything: addresses are text. */
export type Block =
  | { readonly type: 'paragraph'; readonly inlines: readonly Inline[] }
  /** Below the page's own headings: level 3 to 6. */
  | { readonly type: 'heading'; readonly level: 3 | 4 | 5 | 6; readonly inlines: readonly Inline[] }
  | { readonly type: 'code'; readonly text: string; readonly language: string | null }
  | { readonly type: 'quote'; readonly blocks: readonly Block[] }
  | {
      readonly type: 'list';
      readonly ordered: boolean;
      readonly start: number;
      readonly items: readonly ListItem[];
    }
  | {
      readonly type: 'table';
      readonly head: readonly Cell[];
      readonly rows: readonly (readonly Cell[])[];
      /** Rows that a table of this size is not drawn with. */
      readonly leftOut: number;
    }
  | { readonly type: 'rule' }
  /** As it was written: raw HTML, and what is nested too deeply. */
  | { readonly type: 'plain'; readonly text: string };

export interface ListItem {
  readonly checked: boolean | null;
  readonly blocks: readonly Block[];
}

export interface Cell {
  readonly align: 'start' | 'center' | 'end';
  readonly inlines: readonly Inline[];
}

export type Inline =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'strong'; readonly inlines: readonly Inline[] }
  | { readonly type: 'emphasis'; readonly inlines: readonly Inline[] }
  | { readonly type: 'deleted'; readonly inlines: readonly Inline[] }
  | { readonly type: 'code'; readonly text: string }
  | { readonly type: 'break' }
  /** Shown with its address, copied, never opened. */
  | { readonly type: 'link'; readonly inlines: readonly Inline[]; readonly address: string }
  /** Never loaded: what would leave is the address itself. */
  | { readonly type: 'image'; readonly text: string; readonly address: string };
