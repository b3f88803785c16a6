/** Licence texts of packages whose archives bring none. Copyright lines are those of the source repositories. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lint/report.ts';

const holders: readonly (readonly [packages: RegExp, lines: readonly string[]])[] = [
  [/^napi(?:-|$)/, ['Copyright (c) 2020 LongYinan', 'Copyright (c) 2018 GitHub']],
  [/^onnxruntime-/, ['Copyright (c) 2018 - present Microsoft Corporation']],
  [/^tonic(?:-|$)/, ['Copyright (c) 2019 Lucio Franco']],
  [/^valuable$/, ['Copyright (c) 2021 Valueable Contributors']],
  [/^asn1-rs-/, ['Copyright (c) 2017 Pierre Chifflier']],
];

/** MIT (https://spdx.org/licenses/MIT.html) with the package's copyright, or what else it is under. */
export function missingText(name: string): string | undefined {
  // Apache-2.0, as Sotto itself; the part that it took from Protocol Buffers is under BSD-3-Clause.
  if (name === '@bufbuild/protobuf') {
    return [
      readFileSync(join(root, 'LICENSE'), 'utf8').trim(),
      '',
      'Copyright 2008 Google Inc. All rights reserved.',
      '',
      bsd3,
    ].join('\n');
  }
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

const bsd3 = `Redistribution and use in source and binary forms, with or without modification, are permitted provided that the
following conditions are met:

    * Redistributions of source code must retain the above copyright notice, this list of conditions and the following
      disclaimer.
    * Redistributions in binary form must reproduce the above copyright notice, this list of conditions and the
      following disclaimer in the documentation and/or other materials provided with the distribution.
    * Neither the name of Google Inc. nor the names of its contributors may be used to endorse or promote products
      derived from this software without specific prior written permission.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR IMPLIED WARRANTIES,
INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT OWNER OR CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL,
SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR
SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY,
WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF
THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.`;
