// Imports over a line that breaks.
#include <set>

#include "engine/base/sha256.hpp"
#include "tests/integration/client_fixture.hpp"
#include "tests/support/flaky_line.hpp"

namespace talkback::test {
namespace {

class ClientUploadTest : public ClientTest {};

TEST_F(ClientUploadTest, AnImportEndsWellOnALineThatBreaks) {
  FlakyLine line(server->port());
  anna.sign_in(line.port());
  anna.succeed({"project", "create", "Song"});
  constexpr unsigned kSeed = 7;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937 random(kSeed);
  std::deque<std::int64_t> breaks;
  for (int i = 0; i < 5; ++i) breaks.push_back(100'000 + static_cast<std::int64_t>(random() % 3'000'000));
  line.break_after(breaks);
  const std::string file = write_wav("Vocal.wav", noise(1'500'000));  // 6 MB: more than one piece
  const auto imported = anna.ask({"import", "Song", file});
  EXPECT_GE(line.breaks(), 2);
  // Another machine gets the same bytes.
  bert.environment["TALKBACK_HOME"] = (folder / "other-home").string();
  bert.succeed({"login", "127.0.0.1:" + std::to_string(line.port()), "--user", "anna"});
  line.break_after({});
  bert.succeed({"render", "mix", "Song", "--local", "--out", (folder / "out").string()});
  bool found = false;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / "other-home/blobs"))
    found = found || (entry.is_regular_file() && bytes_of(entry.path()) == bytes_of(file));
  EXPECT_TRUE(found);
}

// Each connection carries less than one piece: only what the server kept of it gets the upload forward.
TEST_F(ClientUploadTest, ALineThatBreaksWithinEveryPieceGetsForward) {
  FlakyLine line(server->port());
  anna.sign_in(line.port());
  anna.succeed({"project", "create", "Song"});
  line.break_after(std::deque<std::int64_t>(12, 400'000));
  anna.succeed({"import", "Song", write_wav("Vocal.wav", noise(1'500'000))});
  EXPECT_EQ(line.breaks(), 12);
}

// One request, of which the server keeps what came: the rest follows in pieces.
TEST_F(ClientUploadTest, ASmallFileGetsForwardOnALineThatBreaks) {
  FlakyLine line(server->port());
  anna.sign_in(line.port());
  anna.succeed({"project", "create", "Song"});
  const std::string file = write_wav("Vocal.wav", noise(750'000));  // 3 MB: fits into one piece
  line.break_after(std::deque<std::int64_t>(9, 300'000));
  anna.succeed({"import", "Song", file});
  EXPECT_GE(line.breaks(), 8);
}

TEST_F(ClientUploadTest, ManyFilesGoOverSeveralLines) {
  anna.sign_in(server->port());
  anna.succeed({"project", "create", "Song"});
  std::vector<std::string> command{"import", "Song"};
  std::set<std::string> wanted;
  for (unsigned i = 0; i < 10; ++i) {
    const std::string file = write_wav("Track " + std::to_string(i) + ".wav", noise(20'000 + static_cast<int>(i), i));
    wanted.insert(to_hex(sha256(bytes_of(file))));
    command.push_back(file);
  }
  anna.succeed(command);
  anna.succeed(command);  // what the server has is not sent again, and nothing is in the way of that
  std::set<std::string> stored;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(data / "blobs"))
    if (entry.is_regular_file()) stored.insert(entry.path().filename().string());
  EXPECT_EQ(stored, wanted);
}

}  // namespace
}  // namespace talkback::test
