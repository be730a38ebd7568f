// The rows of the table that every peer gets alike.
import { performance } from 'node:perf_hooks'

import { figure, memory_mb, sleep } from './figures.mjs'

// Runs one of them and ends. of: how members of a peer come in and edit:
//   seeded()                               resolves when the document is there
//   joined(count), join()                  members
//   send_all(members, edits, faders_only)  resolves to the seconds until all have all
//   state_bytes(member)                    what it took to join
//   latency(seconds)                       a row of its own
export const run_row = async (row, sizes, pids, of) => {
  const burst = async (count, edits) => {
    await of.seeded()
    const members = await of.joined(count)
    const seconds = await of.send_all(members, edits, false)
    figure(`${count} clients, edits to all`, edits / seconds, '/s')
    await sleep(3000)
    figure(`${count} clients, memory after`, memory_mb(pids), 'MB')
  }

  const fill = async edits => {
    await of.seeded()
    const members = await of.joined(2)
    for (let at = 0; at < edits; at += 10000) await of.send_all(members, Math.min(10000, edits - at), true)
    await sleep(3000)
  }

  const join = async () => {
    const start = performance.now()
    const member = await of.join()
    figure('join', performance.now() - start, 'ms')
    figure('state', of.state_bytes(member), 'bytes')
  }

  await { latency: of.latency, burst, fill, join }[row](...sizes)
  process.exit(0)
}
