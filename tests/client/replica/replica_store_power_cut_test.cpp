// A member's machine whose power is cut at every sync: what the store has kept is kept, what it has let go stays away.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <fstream>

#include "client/replica/replica_store.hpp"
#include "tests/support/edits.hpp"
#include "tests/support/power_cut_disk.hpp"
#include "tests/support/temporary_folder.hpp"

namespace talkback::replica {
namespace {

constexpr const char* kFile = "project.sqlite";
constexpr std::uint64_t kEdits = 60;

struct Found {
  support::PowerCutDisk::Image files;
  // The numbers of the edits that were kept for sure, and those of which a write was under way.
  std::vector<std::uint64_t> kept;
  std::vector<std::uint64_t> uncertain;
};

v1::Edit edit_of(std::uint64_t number) {
  v1::Edit edit = test::create_track(number, 1000 + number, "Track");
  edit.set_summary(std::string(number * 977 % 9000, 'x'));
  return edit;
}

// Empty where all is well.
std::string look_at(const Found& found) {
  const TemporaryFolder folder;
  for (const auto& [name, content] : found.files) std::ofstream(folder / name, std::ios::binary) << content;
  const auto store = open_replica_store(folder / kFile);
  if (!store) return "it does not open: " + store.error().message;
  const auto pending = (*store)->pending();
  if (!pending) return pending.error().message;
  std::vector<std::uint64_t> expected = found.kept;
  for (const v1::PendingEdit& one : *pending) {
    const v1::Edit& edit = one.edit();
    std::uint64_t number = 0;
    std::memcpy(&number, edit.edit_id().data(), sizeof number);
    if (edit.SerializeAsString() != edit_of(number).SerializeAsString()) return "an edit is another";
    const bool is_uncertain = std::ranges::count(found.uncertain, number) > 0;
    if (std::erase(expected, number) == 0 && !is_uncertain) return "edit " + std::to_string(number) + " was let go";
  }
  std::erase_if(expected, [&](std::uint64_t number) { return std::ranges::count(found.uncertain, number) > 0; });
  return expected.empty() ? "" : "edit " + std::to_string(expected.front()) + " is lost";
}

TEST(ReplicaStorePowerCutTest, WhatIsKeptIsThereAfterEveryCut) {
  const TemporaryFolder live;
  std::mt19937_64 chance(1);
  std::vector<Found> found;
  Found now;
  support::PowerCutDisk* at = nullptr;
  support::PowerCutDisk disk(live.path(), [&] {
    for (int i = 0; i < 4 && at != nullptr; ++i) {
      found.push_back(now);
      found.back().files = at->image(chance);
    }
  });
  at = &disk;
  auto store = std::move(open_replica_store(live / kFile)).value();
  for (std::uint64_t number = 1; number <= kEdits; ++number) {
    now.uncertain = {number};
    ASSERT_TRUE(store->add_pending(test::waiting(edit_of(number))));
    now.kept.push_back(number);
    if (chance() % 3 == 0) {
      const std::uint64_t gone = now.kept[chance() % now.kept.size()];
      now.uncertain = {gone};
      ASSERT_TRUE(store->remove_pending(test::edit_id(gone)));
      std::erase(now.kept, gone);
    }
    now.uncertain.clear();
    v1::SessionState state;
    state.set_revision(number);
    state.set_digest(std::string(chance() % 20'000, 'd'));
    if (number % 10 == 0) {
      ASSERT_TRUE(store->keep_state(state, {}));
    }
  }
  store.reset();
  ASSERT_GT(found.size(), 4 * kEdits) << "the store must sync";
  for (const Found& one : found) ASSERT_EQ(look_at(one), "");
}

}  // namespace
}  // namespace talkback::replica
