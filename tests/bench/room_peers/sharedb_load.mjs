// What peer_load.mjs does to a Yjs server, to ShareDB's: the same rows, the same lines.
//   node sharedb_load.mjs sharedb PORT SERVER_PID,DATABASE_PID latency SECONDS | burst MEMBERS EDITS | fill EDITS | join
// Members speak its protocol without its client, which would apply every edit to a copy of their own. As that client
// does, an editor waits for the answer to its last edit of a document before it sends the next one of it; edits of
// several documents are on their way together, and none are put together to one.
import { performance } from 'node:perf_hooks'
import WebSocket from 'ws'

import { figure, sleep } from './figures.mjs'
import { run_row } from './rows.mjs'
import { COLLECTIONS, documents, make_edits, names } from './sharedb_session.mjs'

const [, port, pids, row, ...rest] = process.argv.slice(2)
const sizes = rest.map(Number)

class Member {
  static async join(on_edit = () => {}) {
    const member = new Member(on_edit)
    await member.opened
    return member
  }

  constructor(on_edit) {
    this.on_edit = on_edit
    this.edits = 0
    this.sequence = 0
    this.states = {}
    this.state_bytes = 0
    this.lines = new Map()  // by document: version, and edits that wait for the one before
    this.opened = new Promise((done, failed) => { this.done = done; this.failed = failed })
    this.socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false })
    this.socket.on('error', this.failed)
    this.socket.on('open', () => this.send({ a: 'hs', id: null, protocol: 1, protocolMinor: 2 }))
    this.socket.on('message', bytes => this.take(bytes))
    this.socket.on('close', () => { if (!this.has_left) throw new Error('the server has closed the connection') })
  }

  leave() {
    this.has_left = true
    this.socket.close()
  }

  send(message) { this.socket.send(JSON.stringify(message)) }

  take(bytes) {
    const message = JSON.parse(bytes)
    if (message.error) throw new Error(`${message.a}: ${message.error.message}`)
    if (message.a === 'hs') return COLLECTIONS.forEach(c => this.send({ a: 'bs', c, b: names }))
    if (message.a === 'bs') return this.take_states(message, bytes.length)
    if (message.a !== 'op') return
    const line = this.line_of(message.c, message.d)
    line.version = message.v + 1
    if (message.op !== undefined) {
      this.edits++
      return this.on_edit(message)
    }
    line.waiting.shift()
    this.send_next(message.c, message.d, line)
  }

  take_states(message, bytes) {
    this.states[message.c] = message.data
    this.state_bytes += bytes
    for (const [name, { v }] of Object.entries(message.data)) this.line_of(message.c, name).version = v
    if (COLLECTIONS.every(collection => this.states[collection])) this.done()
  }

  line_of(collection, name) {
    const key = `${collection}/${name}`
    if (!this.lines.has(key)) this.lines.set(key, { version: 0, waiting: [] })
    return this.lines.get(key)
  }

  // change: {op} or {create}.
  edit(collection, name, change) {
    const line = this.line_of(collection, name)
    line.waiting.push(change)
    if (line.waiting.length === 1) this.send_next(collection, name, line)
  }

  send_next(c, d, { version, waiting }) {
    if (waiting.length > 0) this.send({ a: 'op', c, d, v: version, seq: ++this.sequence, x: {}, ...waiting[0] })
  }

  is_answered() { return [...this.lines.values()].every(line => line.waiting.length === 0) }
}

const joined = async (count, on_edit) => {
  const members = []
  for (let i = 0; i < count; i++) members.push(await Member.join(on_edit && (message => on_edit(i, message))))
  return members
}

const states_now = async () => {
  const member = await Member.join()
  member.leave()
  return member.states
}

// Fills the documents where they are empty; returns their states.
const seeded = async () => {
  const member = await Member.join()
  if (member.states.tracks[names[0]].v === 0) {
    for (const [collection, name, data] of documents()) member.edit(collection, name, { create: { type: 'json0', data } })
    while (!member.is_answered()) await sleep(5)
    member.leave()
    return states_now()
  }
  member.leave()
  return member.states
}

const latency = async seconds => {
  const EDITORS = 4
  const PER_SECOND = 400
  const states = await seeded()
  const edit_of = make_edits(states, false)
  const edits = Array.from({ length: seconds * PER_SECOND }, (_, number) => ({ ...edit_of(number), sent: 0 }))
  // A document has one editor: the version that an edit is made of tells which it is.
  const by_version = new Map(edits.map(edit => [`${edit.collection}/${edit.name}/${states[edit.collection][edit.name].v++}`, edit]))
  const delays = []
  const members = await joined(50, (_, { c, d, v }) =>
    delays.push(performance.now() - by_version.get(`${c}/${d}/${v}`).sent))
  const start = performance.now()
  for (let next = 0; next < edits.length;) {
    const due = Math.min(edits.length, Math.floor((performance.now() - start) * PER_SECOND / 1000))
    for (; next < due; next++) {
      const { collection, name, op } = edits[next]
      edits[next].sent = performance.now()
      members[next % EDITORS].edit(collection, name, { op })
    }
    await new Promise(done => setImmediate(done))
  }
  while (delays.length < edits.length * (members.length - 1)) await sleep(10)
  delays.sort((a, b) => a - b)
  figure('latency p50', delays[Math.floor(delays.length * 0.5)], 'ms')
  figure('latency p99', delays[Math.floor(delays.length * 0.99)], 'ms')
}

const EDITORS_MAX = 10

const send_all = async (members, count, faders_only) => {
  const editors = members.slice(0, EDITORS_MAX)
  const edit_of = make_edits(await states_now(), faders_only)
  const edits = Array.from({ length: count }, (_, number) => edit_of(number))
  members.forEach(member => { member.edits = 0 })
  const start = performance.now()
  edits.forEach(({ collection, name, op }, number) => editors[number % editors.length].edit(collection, name, { op }))
  // An author's own come back as answers.
  const own = at => Math.ceil((count - at) / editors.length)
  const is_done = (member, at) => member.edits >= (at < editors.length ? count - own(at) : count)
  while (!members.every(is_done) || !editors.every(editor => editor.is_answered())) await sleep(2)
  return (performance.now() - start) / 1000
}

await run_row(row, sizes, pids,
  { seeded, joined, join: () => Member.join(), send_all, latency, state_bytes: member => member.state_bytes })
