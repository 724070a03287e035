// The person beside the client: what a browser does is asked of the test, line by line, as JSON on standard output.
import { createInterface } from 'node:readline'

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

// One request to the test and its answer: {visit: url} → {left: url}, and the like.
export async function ask(request) {
  process.stdout.write(JSON.stringify(request) + '\n')
  const { value, done } = await lines.next()
  if (done) throw new Error('the test went away')
  return JSON.parse(value)
}

// Where the browser ended after this address, consent given on the way.
export const visit = async (url) => new URL((await ask({ visit: String(url) })).left)

export const setting = JSON.parse(process.env.AUTHSVC_CLIENT)

export function demand(holds, what) {
  if (!holds) throw new Error(`not so: ${what}`)
}

// Run the flow that was named, and say that it ended well.
export async function run(flows) {
  const flow = flows[process.argv[2]]
  demand(flow, `a flow of the name ${process.argv[2]}`)
  await flow()
  process.stdout.write(JSON.stringify({ done: process.argv[2] }) + '\n')
  process.exit(0)
}
