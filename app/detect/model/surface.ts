/** What the letters of a span say, whatever stands around it. */

/** Words for those who come from somewhere or believe something, without a plural's `s`; lower case. */
const peoples = new Set(
  [
    // Of parts of the world.
    'african american asian australian australasian european arab arabic caribbean scandinavian nordic slavic balkan',
    'latin latino latina hispanic anglo celtic mediterranean western eastern northern southern',
    // Of states.
    'afghan albanian algerian andorran angolan argentine argentinian armenian aussie austrian azerbaijani bahamian',
    'bahraini bangladeshi belarusian belgian bolivian bosnian brazilian briton british bulgarian burmese cambodian',
    'cameroonian canadian chilean chinese colombian congolese croat croatian cuban cypriot czech dane danish dutch',
    'dutchman ecuadorian egyptian emirati english englishman eritrean estonian ethiopian filipino filipina finn finnish',
    'french frenchman german georgian ghanaian greek guatemalan haitian honduran hungarian icelandic indian indonesian',
    'iranian iraqi irish irishman israeli italian ivorian jamaican japanese jordanian kazakh kenyan korean kuwaiti kurd',
    'kurdish laotian latvian lebanese liberian libyan lithuanian macedonian malaysian maltese mexican moldovan mongolian',
    'moroccan namibian nepalese nepali nicaraguan nigerian norwegian omani pakistani palestinian panamanian paraguayan',
    'persian peruvian pole polish portuguese qatari romanian russian rwandan saudi scot scotsman scottish senegalese serb',
    'serbian singaporean slovak slovene slovenian somali spaniard spanish sudanese swede swedish swiss syrian taiwanese',
    'tanzanian thai tibetan tunisian turk turkish ugandan ukrainian uruguayan uzbek venezuelan vietnamese welsh welshman',
    'yemeni zambian zimbabwean yankee yank alaskan californian hawaiian texan',
    // Of faiths and parties.
    'anglican atheist baptist buddhist catholic christian evangelical hindu islamic jew jewish lutheran methodist mormon',
    'muslim orthodox presbyterian protestant quaker shia shiite sikh sunni communist conservative democrat liberal',
    'republican socialist',
  ].flatMap((line) => line.split(' ')),
);

/** Whether a span is one word for the people of a country or a faith: they are a group, and no name. */
export function isPeople(value: string): boolean {
  const word = value.toLowerCase();
  return peoples.has(word) || peoples.has(word.replace(/s$/, '')) || peoples.has(word.replace(/men$/, 'man'));
}

const weekday =
  /^(?:mon|tue|tues|wed|weds|thu|thur|thurs|fri|sat|sun|(?:mon|tues|wednes|thurs|fri|satur|sun)day)s?\.?$/iu;
/** `hahaha`, `LOLOLOL`: a few letters over and over. */
const laughter = /^(?:(\p{L})\1{3,}|(\p{L}{2,3}?)\2{2,})\p{L}{0,2}$/iu;

/** Whether a span that the model calls a name is none by its letters; a letter alone names nobody. */
export function isNoName(value: string): boolean {
  return weekday.test(value) || laughter.test(value) || /^\p{L}$/u.test(value);
}

/** Words of German that are hardly ever those of another language. */
const german =
  /(?<![\p{L}\p{N}])(?:der|die|das|den|dem|eine?[nmr]?|und|oder|nicht|ist|sind|mit|auf|für|von|zu[mr]?|ich|wir|sie|bei|aus|nach|wird|werden|haben|dass|wie|noch|nur|auch|keine?)(?![\p{L}\p{N}])/giu;

/** Whether a text is German, in which every noun has a capital: a fifth of its words are the small ones of German. */
export function hasNounCapitals(text: string): boolean {
  const small = text.match(german)?.length ?? 0;
  return small >= 2 && small * 5 >= (text.match(/\p{L}+/gu)?.length ?? 0);
}
