// What the simulated parts can be made to do wrong on purpose: a simulator that finds no planted bug proves nothing.
#pragma once

namespace talkback::simulation {

enum class Sabotage {
  none,
  store_forgets,          // a crash of the server loses the last batch, which was reported as stored
  store_reports_early,    // the room is told that a batch is stored before it is
  store_alters,           // a stored edit is not what was given to the store
  replica_store_forgets,  // a client's disk sometimes keeps nothing of an edit
  room_forgets_names,     // a room that is opened again does not know which edits it has
  everybody_is_owner,     // the room is told the wrong role
  undo_overwrites,        // an undo takes back later work of others as well
  answers_get_lost,       // the edit that takes a suggestion is stored, and the suggestion stays open
  merge_takes_too_much,   // a merge undoes what the other side did since
  frames_get_lost,        // a frame in the middle of a connection is missing
};

}  // namespace talkback::simulation
