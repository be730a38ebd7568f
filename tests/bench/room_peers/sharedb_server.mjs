// ShareDB over WebSockets with its PostgreSQL adapter, as their documentation sets them up:
//   node sharedb_server.mjs PORT SOCKET_FOLDER USER
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

import ShareDB from 'sharedb'
import PostgresDB from 'sharedb-postgres'
import WebSocketStream from '@teamwork/websocket-json-stream'
import pg from 'pg'
import { WebSocketServer } from 'ws'

const [port, host, user] = process.argv.slice(2)
const database = { host, user, database: 'postgres' }

const schema = createRequire(import.meta.url).resolve('sharedb-postgres/structure.sql')
const client = new pg.Client(database)
await client.connect()
const { rows } = await client.query("SELECT to_regclass('ops') AS is_there")
if (rows[0].is_there === null) await client.query(readFileSync(schema, 'utf8'))
await client.end()

const backend = new ShareDB({ db: new PostgresDB(database) })
const server = createServer()
const sockets = new WebSocketServer({ server, perMessageDeflate: false })
sockets.on('connection', socket => {
  const stream = new WebSocketStream(socket)
  // An edit that was on its way to somebody who has left would end the server.
  stream.on('error', () => {})
  backend.listen(stream)
})
server.listen(Number(port), '127.0.0.1')
