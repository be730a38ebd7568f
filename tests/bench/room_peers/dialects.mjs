// How each server wants Yjs wrapped. Both carry y-protocols' sync messages: 0 step 1, 1 step 2, 2 update.
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'

const SYNC = 0
const AUTH = 2
const ROOM = 'bench'

const packed = write => {
  const encoder = encoding.createEncoder()
  write(encoder)
  return encoding.toUint8Array(encoder)
}
const sync_message = (head, kind, bytes) => packed(encoder => {
  head(encoder)
  encoding.writeVarUint(encoder, SYNC)
  encoding.writeVarUint(encoder, kind)
  encoding.writeVarUint8Array(encoder, bytes)
})
const EMPTY_STATE_VECTOR = new Uint8Array([0])

const dialect = (path, head, greetings) => ({
  url: port => `ws://127.0.0.1:${port}/${path}`,
  greetings: () => [...greetings, sync_message(head, 0, EMPTY_STATE_VECTOR)],
  update: bytes => sync_message(head, 2, bytes),
  // {kind, payload} of a sync message, else null.
  read: (bytes, has_name) => {
    const decoder = decoding.createDecoder(bytes)
    if (has_name) decoding.readVarString(decoder)
    const type = decoding.readVarUint(decoder)
    if (type !== SYNC && type !== 4) return null  // 4: Hocuspocus' SyncReply
    return { kind: decoding.readVarUint(decoder), payload: decoding.readVarUint8Array(decoder) }
  },
})

const named = encoder => encoding.writeVarString(encoder, ROOM)
const token = packed(encoder => {
  named(encoder)
  encoding.writeVarUint(encoder, AUTH)
  encoding.writeVarUint(encoder, 0)
  encoding.writeVarString(encoder, 'none')
})

export const dialects = {
  'y-websocket': { ...dialect(ROOM, () => {}, []), has_name: false },
  hocuspocus: { ...dialect('', named, [token]), has_name: true },
}
