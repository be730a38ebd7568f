// What the loads have in common: how a figure is printed, and what memory a server has.
import { readdirSync, readFileSync } from 'node:fs'

export const figure = (name, value, unit) => console.log(`${name}\t${Number(value.toPrecision(4))}\t${unit}`)
export const sleep = ms => new Promise(done => setTimeout(done, ms))

const kilobytes = (pid, file, line) =>
  Number(readFileSync(`/proc/${pid}/${file}`, 'utf8').match(new RegExp(`^${line}:\\s+(\\d+)`, 'm'))[1])
const parent_of = pid => readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) \S /, '').split(' ')[0]

// pids: "123", or "123,456" with a database's first process: of that and its children what they share counts once.
export const memory_mb = pids => {
  const [server, database] = pids.split(',')
  let sum = kilobytes(server, 'status', 'VmRSS')
  if (database) {
    for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
      try {
        if (pid === database || parent_of(pid) === database) sum += kilobytes(pid, 'smaps_rollup', 'Pss')
      } catch { /* it has ended meanwhile */ }
    }
  }
  return sum / 1024
}
