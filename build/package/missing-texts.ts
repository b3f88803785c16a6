/** Copyright lines of packages under MIT whose archives bring no licence text; each from its source repository. */
const holders: readonly (readonly [packages: RegExp, lines: readonly string[]])[] = [
  [/^napi(?:-|$)/, ['Copyright (c) 2020 LongYinan', 'Copyright (c) 2018 GitHub']],
  [/^onnxruntime-/, ['Copyright (c) 2018 - present Microsoft Corporation']],
  [/^tonic(?:-|$)/, ['Copyright (c) 2019 Lucio Franco']],
  [/^valuable$/, ['Copyright (c) 2021 Valueable Contributors']],
  [/^asn1-rs-/, ['Copyright (c) 2017 Pierre Chifflier']],
];

/** The MIT licence (https://spdx.org/licenses/MIT.html) with the package's copyright, if it is one of these. */
export function missingText(name: string): string | undefined {
  const lines = holders.find(([packages]) => packages.test(name))?.[1];
  return lines && [...lines, '', mit].join('\n');
}

const mit = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;
