// SPDX-License-Identifier: Apache-2.0
// Builds one file, dist/index.html, that is opened from a disk or served by anything: script and style stand inside of it, and
// a content security policy that names them by their digests lets it run nothing else and reach nothing at all.
import { createHash } from 'node:crypto';
import type { Plugin } from 'vite';
import { defineConfig } from 'vite';

const digestOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** What would end a script element before its time, in other words of the same meaning. */
const asInline = (code: string): string => code.replace(/<\/(script)/gi, '<\\/$1').replaceAll('<!--', '<\\!--').trim();

function policyOf(script: string, style: string): string {
  return [
    "default-src 'none'", `script-src ${digestOf(script)}`, `style-src ${digestOf(style)}`, "connect-src 'none'", "img-src 'none'", "font-src 'none'",
    "object-src 'none'", "base-uri 'none'", "form-action 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'",
  ].join('; ');
}

function oneFile(): Plugin {
  return {
    name: 'one-file',
    enforce: 'post',
    generateBundle(_options, bundle) {
      let [script, style] = ['', ''];
      for (const [name, output] of Object.entries(bundle)) {
        if (output.type === 'chunk') script += asInline(output.code);
        else if (name.endsWith('.css')) style += String(output.source).trim();
        else continue;
        delete bundle[name];
      }
      const page = bundle['index.html'];
      if (page?.type !== 'asset' || script === '' || style === '') throw new Error('one-file: page, script or style is missing');
      const head = `<meta http-equiv="Content-Security-Policy" content="${policyOf(script, style)}">`;
      const html = String(page.source)
        .replace(/\s*<script type="module"[^>]*><\/script>/, '')
        .replace(/\s*<link rel="stylesheet"[^>]*>/, () => `\n    <style>${style}</style>`)
        .replace('<meta charset="utf-8">', (charset) => `${charset}\n    ${head}`)
        .replace('</body>', () => `  <script type="module">${script}</script>\n  </body>`);
      if (html.includes('\r')) throw new Error('one-file: a carriage return would change the digests');
      page.source = html;
      console.log(`index.html  SHA-256 ${createHash('sha256').update(html).digest('hex')}`);
    },
  };
}

export default defineConfig({
  base: './',
  plugins: [oneFile()],
  build: {
    target: 'es2022',
    modulePreload: false,
    cssCodeSplit: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1000,
    rollupOptions: { output: { inlineDynamicImports: true } },
  },
});
