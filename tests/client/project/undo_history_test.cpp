// Who undoes what next.
#include "client/project/undo_history.hpp"

#include <gtest/gtest.h>

#include "tests/support/edits.hpp"

namespace talkback::project {
namespace {

// A history in which every step is "author" and what it does: "" something new, "undo 3", "redo 4", "revert 2";
// "offline": by the id of the edit.
class Song {
 public:
  void add(const std::string& author, const std::string& what = {}, std::uint64_t revision = 0) {
    v1::CommittedEdit& edit = edits_.emplace_back();
    edit.set_revision(edits_.size());
    edit.set_author(author);
    edit.mutable_edit()->set_edit_id(test::edit_id(edits_.size()));
    if (what == "undo") edit.mutable_edit()->set_undoes(revision);
    if (what == "undo offline") edit.mutable_edit()->set_undoes_edit(test::edit_id(revision));
    if (what == "redo offline") edit.mutable_edit()->set_redoes_edit(test::edit_id(revision));
    if (what == "redo") edit.mutable_edit()->set_redoes(revision);
    if (what == "revert") edit.mutable_edit()->set_reverts(revision);
  }
  // {undo, redo}, 0 for none.
  std::pair<std::uint64_t, std::uint64_t> next(const std::string& author,
                                               const std::set<std::string>& passed = {}) const {
    UndoHistory history(author, passed);
    for (auto edit = edits_.rbegin(); edit != edits_.rend() && !history.is_complete(); ++edit) history.look_at(*edit);
    return {history.next_undo() ? history.next_undo()->revision() : 0,
            history.next_redo() ? history.next_redo()->revision() : 0};
  }

 private:
  std::vector<v1::CommittedEdit> edits_;
};

using Next = std::pair<std::uint64_t, std::uint64_t>;

TEST(UndoHistoryTest, UndoGoesBackThroughOnesOwnEdits) {
  Song song;
  EXPECT_EQ(song.next("anna"), Next(0, 0));
  song.add("anna");
  song.add("bert");
  song.add("anna");
  EXPECT_EQ(song.next("anna"), Next(3, 0));
  EXPECT_EQ(song.next("bert"), Next(2, 0));
  song.add("anna", "undo", 3);
  EXPECT_EQ(song.next("anna"), Next(1, 4));
  song.add("anna", "undo", 1);
  EXPECT_EQ(song.next("anna"), Next(0, 5));
  song.add("anna", "redo", 5);
  EXPECT_EQ(song.next("anna"), Next(6, 4));
  song.add("anna", "redo", 4);
  EXPECT_EQ(song.next("anna"), Next(7, 0));
  song.add("anna", "undo", 7);
  EXPECT_EQ(song.next("anna"), Next(6, 8));
  EXPECT_EQ(song.next("bert"), Next(2, 0));
}

TEST(UndoHistoryTest, SomethingNewEndsTheRedo) {
  Song song;
  song.add("anna");
  song.add("anna", "undo", 1);
  song.add("bert");
  EXPECT_EQ(song.next("anna"), Next(0, 2)) << "the work of others is no reason";
  song.add("anna");
  EXPECT_EQ(song.next("anna"), Next(4, 0));
  song.add("anna", "undo", 4);
  EXPECT_EQ(song.next("anna"), Next(0, 5));
}

TEST(UndoHistoryTest, ARevertIsUndoneLikeAnyEdit) {
  Song song;
  song.add("bert");
  song.add("anna", "revert", 1);
  EXPECT_EQ(song.next("anna"), Next(2, 0));
  EXPECT_EQ(song.next("bert"), Next(1, 0));
}

TEST(UndoHistoryTest, WhatWasUndoneBeforeItHadARevisionIsFoundByItsId) {
  Song song;
  song.add("anna");
  song.add("anna");
  song.add("anna", "undo offline", 2);
  EXPECT_EQ(song.next("anna"), Next(1, 3));
  song.add("anna", "redo offline", 3);
  EXPECT_EQ(song.next("anna"), Next(4, 0));
  song.add("anna", "undo", 4);
  EXPECT_EQ(song.next("anna"), Next(1, 5));
}

TEST(UndoHistoryTest, WhatCannotBeTakenBackIsPassedOver) {
  Song song;
  song.add("anna");
  song.add("anna");
  EXPECT_EQ(song.next("anna", {test::edit_id(2)}), Next(1, 0));
}

}  // namespace
}  // namespace talkback::project
