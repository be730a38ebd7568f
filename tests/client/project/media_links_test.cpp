#include "client/project/media_links.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/session_builder.hpp"

namespace talkback::project {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
}

std::string read(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// A session of sources with these bytes, named "take N.wav".
class MediaLinksTest : public testing::Test {
 protected:
  void plays(const std::vector<std::string>& sounds) {
    for (std::size_t i = 0; i < sounds.size(); ++i) {
      builder_.add(kRootId, [&](v1::Object& o) {
        o.mutable_source()->set_name("take " + std::to_string(i) + ".wav");
        o.mutable_source()->set_blob_sha256(to_hex(sha256(sounds[i])));
        o.mutable_source()->set_sample_rate_hz(48'000);
        o.mutable_source()->set_channels(1);
        o.mutable_source()->set_length_frames(1);
      });
    }
  }
  Result<void> link(int threads = 0) {
    return link_media(builder_.session, {files_.path()}, blobs_, {.threads = threads});
  }
  // When the files have rested.
  Result<void> link_later(const std::vector<fs::path>& folders) {
    return link_media(builder_.session, folders, blobs_,
                      {.now = std::chrono::system_clock::now() + std::chrono::hours(1)});
  }
  std::string linked(const std::string& sound) const { return read(blobs_.path_of(sha256(sound))); }

  TemporaryFolder files_;
  TemporaryFolder cache_;
  BlobFolder blobs_{cache_.path()};
  SessionBuilder builder_;
};

TEST_F(MediaLinksTest, FindsSoundsUnderAnyNameWithAnyNumberOfThreads) {
  std::vector<std::string> sounds;
  for (int i = 0; i < 40; ++i) {
    sounds.push_back("sound " + std::to_string(i));
    write(files_.path() / ("folder " + std::to_string(i % 3)) / ("x" + std::to_string(i)), sounds.back());
    write(files_.path() / ("other" + std::to_string(i)), "no sound " + std::to_string(i));
  }
  plays(sounds);
  for (const int threads : {1, 2, 7, 0}) {
    fs::remove_all(cache_.path());
    fs::create_directory(cache_.path());
    ASSERT_TRUE(link(threads)) << threads;
    for (const std::string& sound : sounds) EXPECT_EQ(linked(sound), sound) << threads;
  }
}

TEST_F(MediaLinksTest, MissingSoundsAreNamed) {
  plays({"here", "nowhere"});
  write(files_.path() / "a", "here");
  const auto result = link();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::not_found);
  EXPECT_NE(result.error().message.find("take 1.wav"), std::string::npos);
  EXPECT_EQ(result.error().message.find("take 0.wav"), std::string::npos);
}

TEST_F(MediaLinksTest, AChangedFileIsNotTakenForTheOldOne) {
  plays({"first version"});
  const fs::path file = files_.path() / "take 0.wav";
  write(file, "first version");
  ASSERT_TRUE(link());
  // Of the same size, and with the times of the old one.
  const auto time = fs::last_write_time(file);
  write(file, "other version");
  fs::last_write_time(file, time);
  EXPECT_FALSE(link());
  write(files_.path() / "copy", "first version");
  ASSERT_TRUE(link());
  EXPECT_EQ(linked("first version"), "first version");
}

TEST_F(MediaLinksTest, WhatIsKnownIsNotReadAgain) {
  plays({"sound"});
  write(files_.path() / "a", "sound");
  ASSERT_TRUE(link_later({files_.path()}));
  // Without folders nothing could be found.
  EXPECT_TRUE(link_later({}));
  write(files_.path() / "a", "another sound");
  EXPECT_FALSE(link_later({}));
  write(files_.path() / "b", "sound");
  ASSERT_TRUE(link_later({files_.path()}));
  EXPECT_EQ(linked("sound"), "sound");
}

TEST_F(MediaLinksTest, AFileThatJustChangedIsReadAgain) {
  plays({"sound"});
  write(files_.path() / "a", "sound");
  ASSERT_TRUE(link());
  EXPECT_FALSE(link_later({}));
}

TEST_F(MediaLinksTest, AFileThatMovedIsFoundAgain) {
  plays({"sound"});
  write(files_.path() / "a", "sound");
  ASSERT_TRUE(link_later({files_.path()}));
  fs::rename(files_.path() / "a", files_.path() / "b");
  ASSERT_TRUE(link());
  EXPECT_EQ(linked("sound"), "sound");
}

}  // namespace
}  // namespace talkback::project
