// The shared test data beside the project, where it is there.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>

namespace talkback {

inline std::filesystem::path test_data(const std::filesystem::path& name) {
  return std::filesystem::path(TALKBACK_SOURCE_DIR).parent_path() / "shared" / "testdata" / name;
}

}  // namespace talkback

#define TALKBACK_NEEDS_TEST_DATA() \
  if (!std::filesystem::exists(::talkback::test_data("README.md"))) GTEST_SKIP() << "skipped: no test data"
