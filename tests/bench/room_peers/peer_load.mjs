// Does to a Yjs server what room_load does to talkbackd, and prints the same lines:
//   node peer_load.mjs PEER PORT SERVER_PID latency SECONDS
//   node peer_load.mjs PEER PORT SERVER_PID burst MEMBERS EDITS
//   node peer_load.mjs PEER PORT SERVER_PID fill EDITS | join
// The members decode nothing but the head of what arrives: the load is to cost little.
import { performance } from 'node:perf_hooks'
import * as decoding from 'lib0/decoding'
import WebSocket from 'ws'
import * as Y from 'yjs'

import { dialects } from './dialects.mjs'
import { figure, sleep } from './figures.mjs'
import { run_row } from './rows.mjs'
import { make_editor, seed } from './yjs_session.mjs'

const [peer, port, pid, row, ...rest] = process.argv.slice(2)
const dialect = dialects[peer]
const sizes = rest.map(Number)

// Resolves when the server's state has arrived.
const join = (on_update = () => {}) => new Promise((done, failed) => {
  const socket = new WebSocket(dialect.url(port), { perMessageDeflate: false })
  const member = { socket, updates: 0, on_update, state: null }
  socket.binaryType = 'nodebuffer'
  socket.on('error', failed)
  socket.on('open', () => dialect.greetings().forEach(message => socket.send(message)))
  socket.on('message', data => {
    const message = dialect.read(data, dialect.has_name)
    if (message === null || message.kind === 0) return
    if (message.kind === 2) {
      member.updates++
      member.on_update(message.payload)
    } else if (member.state === null) {
      member.state = message.payload
      done(member)
    }
  })
})

const joined = async (count, on_update) => {
  const members = []
  for (let i = 0; i < count; i++) members.push(await join(on_update && (update => on_update(i, update))))
  return members
}

// Fills an empty document; returns its state.
const seeded = async () => {
  const doc = new Y.Doc()
  seed(doc)
  const state = Y.encodeStateAsUpdate(doc)
  const member = await join()
  if (member.state.length < 1000) {
    const witness = await join()
    member.socket.send(dialect.update(state))
    while (witness.updates === 0) await sleep(5)
    witness.socket.close()
    member.socket.close()
    return state
  }
  member.socket.close()
  return member.state
}

// [client, clock] stand at the head of every update.
const key_of = update => {
  const decoder = decoding.createDecoder(update)
  decoding.readVarUint(decoder)
  decoding.readVarUint(decoder)
  return `${decoding.readVarUint(decoder)}:${decoding.readVarUint(decoder)}`
}

const latency = async seconds => {
  const EDITORS = 4
  const PER_SECOND = 400
  const state = await seeded()
  const editors = Array.from({ length: EDITORS }, () => make_editor(state))
  const edits = Array.from({ length: seconds * PER_SECOND }, (_, number) => {
    const update = editors[number % EDITORS].edit(number, false)
    return { message: dialect.update(update), key: key_of(update), sent: 0, editor: number % EDITORS }
  })
  const by_key = new Map(edits.map(edit => [edit.key, edit]))
  const delays = []
  const members = await joined(50, (member, update) => {
    const edit = by_key.get(key_of(update))
    if (edit !== undefined && edit.editor !== member) delays.push(performance.now() - edit.sent)
  })
  const start = performance.now()
  for (let next = 0; next < edits.length;) {
    const due = Math.min(edits.length, Math.floor((performance.now() - start) * PER_SECOND / 1000))
    for (; next < due; next++) {
      edits[next].sent = performance.now()
      members[next % EDITORS].socket.send(edits[next].message)
    }
    await new Promise(done => setImmediate(done))
  }
  await sleep(1000)
  delays.sort((a, b) => a - b)
  figure('latency p50', delays[Math.floor(delays.length * 0.5)], 'ms')
  figure('latency p99', delays[Math.floor(delays.length * 0.99)], 'ms')
}

// A document of this size takes an editor some 20 MB: of many members ten edit.
const EDITORS_MAX = 10

const send_all = async (members, edits, faders_only) => {
  const state = members[0].state
  const editors = members.slice(0, EDITORS_MAX).map(() => make_editor(state))
  const messages = Array.from({ length: edits },
    (_, number) => dialect.update(editors[number % editors.length].edit(number, faders_only)))
  members.forEach(member => { member.updates = 0 })
  const start = performance.now()
  messages.forEach((message, number) => members[number % editors.length].socket.send(message))
  // An author's own updates may come back to it or not: not waited for.
  const own = Math.ceil(edits / editors.length)
  const is_done = (member, at) => member.updates >= (at < editors.length ? edits - own : edits)
  while (!members.every(is_done)) await sleep(2)
  return (performance.now() - start) / 1000
}

await run_row(row, sizes, pid,
  { seeded, joined, join, send_all, latency, state_bytes: member => member.state.length })
