// Bundles the prelude into one script.
//
//   node bundle.mjs NODE_MODULES ENTRY OUT
import { builtinModules, createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const [, , packages, entry, out] = process.argv;
const require = createRequire(path.join(path.resolve(packages), 'index.js'));
const esbuild = require('esbuild');
const own = path.dirname(path.resolve(entry));

// Names that packages import and that our own files stand in for.
const ours = {
  'util': 'util_entry.js', 'util/': 'util_entry.js', 'events': 'events_entry.js', 'buffer': 'buffer_entry.js',
  'abort-controller': 'abort_entry.js', 'stream': 'stream_entry.js', 'process/': 'process_entry.js',
};

const aliases = {
  name: 'aliases',
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, ({ path: name, importer, resolveDir }) => {
      const fromPackage = importer.includes(`${path.sep}node_modules${path.sep}`);
      if (fromPackage && name in ours) {
        return { path: path.join(own, 'packages', ours[name]) };
      }
      // With a slash behind it a name is not taken for the one of node's own modules.
      const request = builtinModules.includes(name) ? `${name}/` : name;
      return { path: require.resolve(request, { paths: [resolveDir, packages] }) };
    });
    // What node 20 says of a chunk is newer than the package.
    build.onLoad({ filter: /readable-stream[/\\]lib[/\\].*\.js$/ }, ({ path: file }) => ({
      contents: readFileSync(file, 'utf8').replaceAll("['string', 'Buffer', 'Uint8Array']", "['string', 'Buffer', 'TypedArray', 'DataView']"),
      loader: 'js',
    }));
    // Whoever goes through search parameters copies all of them at each step.
    build.onLoad({ filter: /whatwg-url-without-unicode[/\\]lib[/\\]URLSearchParams\.js$/ }, ({ path: file }) => {
      const text = readFileSync(file, 'utf8');
      const copy = /Array\.from\((this|target)\[impl\]\)/g;
      if (text.match(copy)?.length !== 3) {
        throw new Error(`${file} is not the version this was written for`);
      }
      return { contents: text.replace(copy, '$1[impl]._list'), loader: 'js' };
    });
    // util.inspect's package asks V8's internals of stand-ins: give it the engine's answers.
    build.onLoad({ filter: /node-inspect-extracted[/\\]dist[/\\]inspect\.js$/ }, ({ path: file }) => {
      const text = readFileSync(file, 'utf8');
      const before = '},e={};function r(n){var o=e[n]';
      if (text.split(before).length !== 2) {
        throw new Error(`${file} is not the version this was written for`);
      }
      const bindings = JSON.stringify(path.join(own, 'inspect_bindings.js'));
      const overrides = `},e={};t[742]=(m)=>{m.exports=require(${bindings}).util};` +
        `t[926]=(m)=>{m.exports=require(${bindings}).types};function r(n){var o=e[n]`;
      return { contents: text.replace(before, overrides), loader: 'js' };
    });
  },
};

await esbuild.build({
  entryPoints: [entry],
  outfile: out,
  bundle: true,
  format: 'iife',
  platform: 'neutral',
  mainFields: ['main'],
  conditions: ['require'],
  target: 'es2022',
  charset: 'utf8',
  legalComments: 'none',
  keepNames: false,
  minifyWhitespace: true,
  minifySyntax: true,
  define: { 'process.platform': '"linux"', 'process.env.NODE_DEBUG': 'undefined', 'process.env.NODE_ENV': '"production"', 'process.env.READABLE_STREAM': '"disable"', 'global': 'globalThis' },
  nodePaths: [packages],
  plugins: [aliases],
  logLevel: 'warning',
});
