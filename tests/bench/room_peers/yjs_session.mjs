// The session of room_load/room_work.hpp as a Yjs document, and the same edits to it as updates made beforehand.
import * as Y from 'yjs'

const TRACKS = 100
const NOTES_PER_TRACK = 200

const note = number => new Y.Map(Object.entries({
  position: Math.floor(number / TRACKS) * 403200, length: 403200, pitch: 36 + number % 60, velocity: 100,
}))

export const seed = doc => doc.transact(() => {
  const tracks = doc.getArray('tracks')
  const clips = doc.getArray('clips')
  for (let i = 0; i < TRACKS; i++) {
    tracks.push([new Y.Map([['name', `Track ${i + 1}`], ['fader', 0]])])
    const clip = new Y.Array()
    clip.push(Array.from({ length: NOTES_PER_TRACK }, (_, n) => note(n * TRACKS + i)))
    clips.push([clip])
  }
})

// Updates of one editor who has seen `state`; each knows its number by [client, clock].
export const make_editor = state => {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, state)
  const tracks = doc.getArray('tracks').toArray()
  const clips = doc.getArray('clips').toArray()
  let made
  doc.on('update', update => { made = update })
  return {
    client: doc.clientID,
    clock: () => Y.getState(doc.store, doc.clientID),
    edit: (number, faders_only) => {
      const at = number % TRACKS
      if (faders_only || number % 2 === 0) tracks[at].set('fader', -(number % 600) / 10)
      else clips[at].push([note(number)])
      return made
    },
  }
}
