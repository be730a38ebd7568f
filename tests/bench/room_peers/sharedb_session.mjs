// The session of room_load/room_work.hpp as documents of ShareDB's json0, and the same edits to them. A document is
// stored whole with every edit, so each track has two small ones: what stands on the mixer, and its notes.
const TRACKS = 100
const NOTES_PER_TRACK = 200

export const COLLECTIONS = ['tracks', 'clips']
export const names = Array.from({ length: TRACKS }, (_, track) => String(track))

const note = number => ({
  position: Math.floor(number / TRACKS) * 403200, length: 403200, pitch: 36 + number % 60, velocity: 100,
})

// [collection, name, content] of every document.
export const documents = () => names.flatMap((name, track) => [
  ['tracks', name, { name: `Track ${track + 1}`, fader: 0 }],
  ['clips', name, { notes: Array.from({ length: NOTES_PER_TRACK }, (_, n) => note(n * TRACKS + track)) }],
])

// Edits in the order of their numbers, each {collection, name, op}. Nobody else edits the tracks of an editor, so each
// knows what it replaces and where the end of its notes is.
export const make_edits = (states, faders_only) => {
  const faders = names.map(name => states.tracks[name].data.fader)
  const ends = names.map(name => states.clips[name].data.notes.length)
  return number => {
    const track = number % TRACKS
    const name = names[track]
    if (!faders_only && number % 2 === 1)
      return { collection: 'clips', name, op: [{ p: ['notes', ends[track]++], li: note(number) }] }
    const fader = -(number % 600) / 10
    const op = [{ p: ['fader'], od: faders[track], oi: fader }]
    faders[track] = fader
    return { collection: 'tracks', name, op }
  }
}
