// Runs schedules and stops at the first that breaks a promise, cut down to what is needed:
//
//   simulate [--seed N] [--schedules N] [--long]
//
// --seed: the first seed (1); with --schedules 1, which is what --seed alone means, its story is told.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include "tests/simulation/shrinker.hpp"
#include "tests/simulation/simulation.hpp"

namespace {

using namespace talkback::simulation;

constexpr std::uint64_t kSchedules = 20'000;
constexpr std::uint64_t kLongSchedules = 2'000'000;

struct Settings {
  std::uint64_t seed = 1;
  std::uint64_t schedules = kSchedules;
};

bool read_settings(int argc, char** argv, Settings& settings) {
  bool counts = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--long") {
      settings.schedules = kLongSchedules;
      counts = true;
    } else if ((word == "--seed" || word == "--schedules") && i + 1 < argc) {
      const std::uint64_t number = std::strtoull(argv[++i], nullptr, 10);
      if (word == "--seed" && !counts) settings.schedules = 1;
      if (word == "--schedules") counts = true;
      (word == "--seed" ? settings.seed : settings.schedules) = number;
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  if (!read_settings(argc, argv, settings)) {
    std::cerr << "simulate: [--seed N] [--schedules N] [--long]\n";
    return 2;
  }
  const auto begin = std::chrono::steady_clock::now();
  Witness::Counts sum;
  for (std::uint64_t i = 0; i < settings.schedules; ++i) {
    const Schedule schedule = make_schedule(settings.seed + i);
    const Outcome outcome = run(schedule, Sabotage::none, settings.schedules == 1 ? Story::told : Story::untold);
    if (outcome.failure) {
      std::cout << reproduction(schedule, Sabotage::none) << "\n";
      return 1;
    }
    std::cout << outcome.story;
    sum += outcome.counts;
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::printf(
      "%llu schedules in %.1f s: %llu edits made, %llu committed, %llu refused, %llu answered again, %llu undos, "
      "%llu merges\n",
      static_cast<unsigned long long>(settings.schedules), seconds, static_cast<unsigned long long>(sum.kept),
      static_cast<unsigned long long>(sum.committed), static_cast<unsigned long long>(sum.refused),
      static_cast<unsigned long long>(sum.again), static_cast<unsigned long long>(sum.undone),
      static_cast<unsigned long long>(sum.merged));
  return 0;
}
