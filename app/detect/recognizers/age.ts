import { patterns, type Judgement, type Recognizer } from '../recognizer.ts';

/** What else has years, and is nobody. */
const things =
  '(?!,? (?:\\p{L}{2,16} ){0,2}(?:company|firm|business|agency|brand|building|house|home|castle|church|tower|bridge|tree|tradition|program|programme|project|law|rule|record|ban|war|conflict|dispute|feud|system|car|vehicle|ship|boat|wine|whisky|whiskey|cheese|bottle|bone|fossil|institution|organization|organisation|university|school|club|team|newspaper|magazine|software|code|bug|laptop|computer|deal|treaty|contract|site|city|town|republic|union|party)s?(?!\\p{L}))';
const number = '(?<value>1[01]\\d|[1-9]\\d?)';

/** Ages of people, by the words around the number; the number alone is marked. */
export const age: Recognizer = {
  kind: 'age',
  context: [],
  find: patterns(
    ...[
      `(?<![\\p{L}\\p{N}_.,/-])${number}(?: years?|-years?)[ -](?:old|of age)(?!\\p{L})${things}`,
      `(?<![\\p{L}\\p{N}_.,/-])${number} ?(?:yo|y/o|y\\.o\\.|yr old|yrs old)(?![\\p{L}\\p{N}])`,
      `(?<!\\p{L})(?:aged|age|alter|âge|edad|età|idade)(?: of)?["']?(?: is|:|=)? ?["']?${number}(?![\\p{N}%]|[.,/:-]\\d|-\\p{L}| ?(?:%|to|bis|à|minutes|days|hours|of))`,
      `(?<!\\p{L})(?:turn|turns|turned|turning) ${number}(?=[.,!?;)]|$| (?:in|on|this|next|last|today|tomorrow|yesterday|and)(?!\\p{L}))(?!,\\d)`,
      `(?<![\\p{L}\\p{N}_.,/-])${number}(?: Jahre alt|-jährige[mnrs]?)(?!\\p{L})`,
      `(?<!\\p{L})(?:âgée? de|edad de|im Alter von|di età) ${number}(?!\\d)`,
      `(?<!\\p{L})(?:[Tt]iene|[Tt]engo|cumplió) ${number} años(?!\\p{L})`,
      `(?<!\\p{L})(?:[Jj]'ai|[Ii]l a|[Ee]lle a) ${number} ans(?!\\p{L})`,
      `(?<!\\p{L})(?:[Hh]o|[Hh]a) ${number} anni(?!\\p{L})`,
    ].map((source) => ({
      regex: new RegExp(source, source.includes('aged|') ? 'dgiu' : 'dgu'),
      score: 0.6,
      judge: (): Judgement => ({ verdict: 'plausible' }),
    })),
  ),
  marked: [
    'She is «34» years old.',
    'a «71»-year-old man from Leeds',
    'Age: «58»',
    'aged «45», of no fixed abode',
    '«29» y/o female',
    'I just turned «47»!',
    'Er ist «34» Jahre alt, sie tiene «30» años',
    'Elle a «41» ans, lui ha «52» anni',
  ],
  clear: [
    'a 30-year-old company',
    'in 34 years, turned 90 degrees',
    'ages ago, page 34',
    'the 100-year-old stone bridge',
    'aged 16 to 18 months',
    'stage 3, age 3.5',
  ],
};
