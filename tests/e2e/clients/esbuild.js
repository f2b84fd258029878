// Uses esbuild as bundlers do: its JavaScript half starts the Go half, once for each answer at once,
// and once as a service that is talked to over pipes. usage: node esbuild.js FILE
const esbuild = require('esbuild');
const file = process.argv[2];

async function main() {
  const atOnce = esbuild.buildSync({ entryPoints: [file], bundle: true, write: false });
  console.log(atOnce.outputFiles[0].text);
  const many = await Promise.all([...Array(20).keys()].map((n) =>
    esbuild.transform(`let value = ${n} ** 2`, { target: 'es2015' })));
  console.log(many.map((one) => one.code).join(''));
  const built = await esbuild.build({ entryPoints: [file], bundle: true, write: false,
    minify: true });
  console.log(built.outputFiles[0].text);
  try {
    await esbuild.transform('let let', { logLevel: 'silent' });
  } catch (error) {
    console.log(error.errors[0].text);
  }
  esbuild.stop();
  process.exitCode = 6;
}

main();
