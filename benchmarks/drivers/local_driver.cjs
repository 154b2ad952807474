// Runs the work with aws-local-stepfunctions, in this process of node.
const {StateMachine} = require(process.cwd() + '/node_modules/aws-local-stepfunctions');

async function main() {
  const work = JSON.parse(require('fs').readFileSync(0, 'utf8'));
  const answers = {};
  for (const [name, [document, text]] of Object.entries(work)) {
    try {
      const machine = new StateMachine(document, {});
      const began = process.hrtime.bigint();
      const output = await machine.run(JSON.parse(text)).result;
      JSON.stringify(output);
      answers[name] = [Number(process.hrtime.bigint() - began) / 1e9, output];
    } catch (problem) {
      answers[name] = [null, String(problem).slice(0, 200)];
    }
  }
  console.log(JSON.stringify(answers));
}

main();
