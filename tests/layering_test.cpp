// Who may know whom (STYLE section 1), as a table, and a reader of the #include lines that holds the sources to it.
//
// When this fails, move the code to where its arrow points the right way. A new arrow is a decision: it goes into the
// table with its reason.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace talkback::test {
namespace {

using Names = std::vector<std::string_view>;

// One folder and the folders that it may include, itself aside. "talkback/v1" are the generated wire types.
struct Folder {
  std::string_view name;
  Names may_include;
};

const std::vector<Folder> kFolders{
    // engine: base <- {timeline, dsp} <- {effects, instruments, media, analysis} <- mastering
    {"engine/base", {}},
    {"engine/timeline", {"engine/base"}},
    {"engine/dsp", {"engine/base"}},
    {"engine/effects", {"engine/base", "engine/timeline", "engine/dsp"}},
    {"engine/instruments", {"engine/base", "engine/timeline", "engine/dsp"}},
    {"engine/media", {"engine/base", "engine/timeline", "engine/dsp"}},
    // media: measure_file reads the file whose loudness it tells; its callers would each write that loop.
    {"engine/analysis", {"engine/base", "engine/timeline", "engine/dsp", "engine/media"}},
    {"engine/mastering",
     {"engine/base", "engine/timeline", "engine/dsp", "engine/effects", "engine/instruments", "engine/media",
      "engine/analysis"}},
    // {proto, base, timeline} <- session: the generated types are the model, written once; no audio.
    {"engine/session", {"engine/base", "engine/timeline", "talkback/v1"}},
    // What musicians do to a session with one command; of sound, nothing so far.
    {"engine/archive", {"engine/base", "engine/session", "talkback/v1"}},
    {"engine/editing", {"engine/base", "engine/timeline", "engine/session", "talkback/v1"}},
    // {session, effects, instruments, media, dsp} <- graph <- {render, realtime}
    {"engine/graph",
     {"engine/base", "engine/timeline", "engine/dsp", "engine/effects", "engine/instruments", "engine/media",
      "engine/session", "talkback/v1"}},
    // mastering and analysis: a master is a render that is measured and then made to meet its loudness target.
    {"engine/render",
     {"engine/base", "engine/timeline", "engine/dsp", "engine/media", "engine/session", "engine/graph",
      "engine/analysis", "engine/mastering", "talkback/v1"}},
    // The player runs the graph's nodes, from mapped media; its meters measure what its taps give.
    {"engine/realtime",
     {"engine/base", "engine/dsp", "engine/media", "engine/session", "engine/graph", "engine/analysis"}},

    // server: engine <- domain <- {storage, jobs, net, ops} <- main
    // Domain sees the session and nothing that sounds: no media, no graph, no sockets, no SQL.
    {"server/domain", {"engine/base", "engine/session", "talkback/v1"}},
    // Implements the clock and the randomness that domain asks for.
    {"server/ops", {"engine/base", "server/domain"}},
    {"server/storage/sqlite", {"engine/base", "engine/session", "server/domain", "talkback/v1"}},
    // sqlite: which upload stands where is a table; the bytes are files.
    {"server/storage/blobs", {"engine/base", "server/domain", "server/storage/sqlite"}},
    // Opens both as one.
    {"server/storage", {"engine/base", "server/domain", "server/storage/sqlite", "server/storage/blobs"}},
    // ops: both write the log. The worker, a program of its own, lives in jobs and renders.
    {"server/archive", {"engine/base", "engine/session", "engine/archive", "server/domain", "talkback/v1"}},
    {"server/jobs", {"engine/base", "engine/session", "engine/render", "server/domain", "server/ops", "talkback/v1"}},
    {"server/net", {"engine/base", "engine/session", "server/domain", "server/ops", "talkback/v1"}},
    // main.cpp and the commands: they build and connect.
    {"server",
     {"engine/base", "server/domain", "server/ops", "server/storage", "server/storage/sqlite", "server/storage/blobs",
      "server/jobs", "server/archive", "server/net"}},

    // client: engine <- {replica, device, recorder, playback, net} <- project <- cli
    {"client/replica", {"engine/base", "engine/session", "engine/timeline", "talkback/v1"}},
    {"client/net", {"engine/base", "engine/session", "talkback/v1"}},
    // media: the virtual sound card, a program of its own, plays and writes audio files.
    {"client/device", {"engine/base", "engine/realtime", "engine/media"}},
    // device: both are what a device's callback calls; they see its interface, not the one beside them.
    // dsp: the calibration deconvolves what came back from a loop.
    {"client/recorder",
     {"engine/base", "engine/timeline", "engine/dsp", "engine/media", "engine/realtime", "client/device"}},
    {"client/playback", {"engine/base", "engine/realtime", "client/device"}},
    {"client/project",
     {"engine/base", "engine/session", "engine/archive", "engine/editing", "engine/timeline", "engine/media",
      "client/replica", "client/net", "client/device", "client/recorder", "client/playback", "talkback/v1"}},
    {"client/cli",
     {"engine/base", "engine/session", "engine/editing", "engine/timeline", "engine/media", "engine/analysis",
      "engine/realtime", "engine/graph", "engine/render", "engine/mastering", "client/replica", "client/net",
      "client/device", "client/recorder", "client/playback", "client/project", "talkback/v1"}},
};

// A library from outside, by the beginning of its include (the longest that fits counts), and the folders that wrap it.
struct Library {
  std::string_view begins;
  Names folders;
};

const std::vector<Library> kLibraries{
    {"sndfile", {"engine/media"}},
    {"FLAC/", {"engine/media"}},
    {"soxr", {"engine/media"}},
    {"rubberband/", {"engine/media"}},
    {"fluidsynth", {"engine/instruments"}},
    {"tbb/", {"engine/render"}},
    {"oneapi/", {"engine/render"}},
    {"openssl/", {"engine/base"}},
    {"portaudio", {"client/device"}},
    {"pa_", {"client/device"}},
    {"jack/", {"client/device"}},
    {"RtMidi", {"client/device"}},
    {"curl/", {"client/net"}},
    {"boost/", {"server/net", "client/net"}},
    {"boost/unordered/", {"engine/render"}},
    {"sys/socket", {"server/net", "client/net"}},
    {"netinet/", {"server/net", "client/net"}},
    {"SQLiteCpp/", {"server/storage/sqlite", "client/replica"}},
    {"sqlite3", {"server/storage/sqlite", "client/replica"}},
    {"archive", {"engine/archive"}},                  // libarchive
    {"sodium", {"server/domain", "client/replica"}},  // passwords; randomness of edit ids
    {"spdlog/", {"server/ops"}},
    {"CLI/", {"server", "client/cli", "client/device"}},  // device: its virtual sound card is a program
    {"google/protobuf/", {"engine/session", "server/jobs", "server/net", "server/storage/sqlite", "client/net"}},
};

constexpr int kLinesMax = 450;

template <class Range, class Value>
bool contains(const Range& range, const Value& value) {
  return std::find(std::begin(range), std::end(range), value) != std::end(range);
}

const Folder* find_folder(std::string_view name) {
  const auto found =
      std::find_if(kFolders.begin(), kFolders.end(), [&](const Folder& folder) { return folder.name == name; });
  return found == kFolders.end() ? nullptr : &*found;
}

std::string folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return std::string(path.substr(0, slash == std::string_view::npos ? 0 : slash));
}

struct Include {
  std::string path;
  int line = 0;
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// `#include "a/b.hpp"` and `#include <a/b.hpp>` alike, spaces allowed where the preprocessor allows them.
std::vector<Include> includes_of(const std::vector<std::string>& lines) {
  static constexpr const char* kBlank = " \t";
  std::vector<Include> includes;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string_view rest = lines[i];
    const auto skip = [&](std::string_view word) {
      rest.remove_prefix(std::min(rest.find_first_not_of(kBlank), rest.size()));
      if (!rest.starts_with(word)) return false;
      rest.remove_prefix(word.size());
      rest.remove_prefix(std::min(rest.find_first_not_of(kBlank), rest.size()));
      return true;
    };
    if (!skip("#") || !skip("include") || rest.empty()) continue;
    const std::size_t end = rest.find(rest.front() == '<' ? '>' : '"', 1);
    if (end == std::string_view::npos) continue;
    includes.push_back({.path = std::string(rest.substr(1, end - 1)), .line = static_cast<int>(i) + 1});
  }
  return includes;
}

// What is wrong with one include of a file in `folder`; nullopt where it is allowed.
std::optional<std::string> broken_rule(const Folder& folder, const std::string& include) {
  const std::string name(folder.name);
  const Library* library = nullptr;
  for (const Library& each : kLibraries) {
    const bool is_closer = library == nullptr || each.begins.size() > library->begins.size();
    if (include.starts_with(each.begins) && is_closer) library = &each;
  }
  if (library != nullptr && !contains(library->folders, folder.name))
    return name + " may not include <" + std::string(library->begins) + "…>, which is wrapped by " +
           std::string(library->folders.front());
  const bool is_ours = include.starts_with("engine/") || include.starts_with("server/") ||
                       include.starts_with("client/") || include.starts_with("talkback/v1/") ||
                       include.starts_with("tests/");
  if (!is_ours) return std::nullopt;
  const std::string target = folder_of(include);
  if (target == name || contains(folder.may_include, target)) return std::nullopt;
  return name + " may not include " + target;
}

// Everything wrong with one source, each as "file:line: rule".
std::vector<std::string> faults_of(const std::string& path, const std::string& text) {
  const std::vector<std::string> lines = lines_of(text);
  std::vector<std::string> faults;
  if (std::ssize(lines) > kLinesMax)
    faults.push_back(path + ": " + std::to_string(lines.size()) + " lines, at most " + std::to_string(kLinesMax) +
                     ": which second noun hides in it?");
  if (path.ends_with(".hpp") && !contains(lines, "#pragma once")) faults.push_back(path + ": no #pragma once");
  if (path.starts_with("tests/")) return faults;
  const Folder* folder = find_folder(folder_of(path));
  if (!folder) {
    faults.push_back(path + ": its folder has no row in the table of " + __FILE__);
    return faults;
  }
  for (const Include& include : includes_of(lines)) {
    if (const auto rule = broken_rule(*folder, include.path))
      faults.push_back(path + ":" + std::to_string(include.line) + ": " + *rule);
  }
  return faults;
}

// Path from the root and text of every C++ source.
std::map<std::string, std::string> read_sources() {
  namespace fs = std::filesystem;
  const fs::path root = TALKBACK_SOURCE_DIR;
  std::map<std::string, std::string> sources;
  for (const char* top : {"engine", "server", "client", "tests"}) {
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root / top)) {
      const fs::path extension = entry.path().extension();
      if (extension != ".hpp" && extension != ".cpp") continue;
      std::ifstream stream(entry.path());
      sources[fs::relative(entry.path(), root).string()] = {std::istreambuf_iterator<char>(stream), {}};
    }
  }
  return sources;
}

using Arrows = std::map<std::string, std::set<std::string>>;

// A folder is a library, but for the two of storage, which are one.
std::string library_of(std::string_view folder) {
  return std::string(folder.starts_with("server/storage/") ? "server/storage" : folder);
}

// The libraries along a circle, its first repeated at the end; empty where there is none.
std::vector<std::string> find_circle(const Arrows& arrows) {
  std::set<std::string> done;
  std::vector<std::string> path;
  const auto visit = [&](const auto& self, const std::string& name) -> bool {
    if (const auto seen = std::find(path.begin(), path.end(), name); seen != path.end()) {
      path.erase(path.begin(), seen);
      path.push_back(name);
      return true;
    }
    if (!done.insert(name).second) return false;
    path.push_back(name);
    if (const auto found = arrows.find(name); found != arrows.end()) {
      for (const std::string& next : found->second)
        if (next != name && self(self, next)) return true;
    }
    path.pop_back();
    return false;
  };
  for (const auto& [name, ignored] : arrows)
    if (visit(visit, name)) return path;
  return {};
}

std::string joined(const std::vector<std::string>& words, const char* between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

TEST(LayeringTest, EverySourceKeepsToItsArrows) {
  std::vector<std::string> faults;
  const auto sources = read_sources();
  ASSERT_GT(sources.size(), 100U) << "the sources were not found";
  for (const auto& [path, text] : sources) {
    for (std::string& fault : faults_of(path, text)) faults.push_back(std::move(fault));
  }
  EXPECT_TRUE(faults.empty()) << joined(faults, "\n");
}

TEST(LayeringTest, LibrariesHaveNoCircle) {
  Arrows included;
  for (const auto& [path, text] : read_sources()) {
    if (path.starts_with("tests/")) continue;
    for (const Include& include : includes_of(lines_of(text))) {
      const std::string target = folder_of(include.path);
      if (find_folder(target)) included[library_of(folder_of(path))].insert(library_of(target));
    }
  }
  EXPECT_EQ(joined(find_circle(included), " -> "), "");
}

TEST(LayeringTest, TableNamesOnlyItsOwnRowsAndHasNoCircle) {
  Arrows allowed;
  for (const Folder& folder : kFolders) {
    for (const std::string_view target : folder.may_include) {
      EXPECT_TRUE(target == "talkback/v1" || find_folder(target)) << folder.name << " -> " << target;
      allowed[library_of(folder.name)].insert(library_of(target));
    }
  }
  EXPECT_EQ(joined(find_circle(allowed), " -> "), "");
}

// The reader itself: made-up sources with one fault each.
TEST(LayeringTest, ReversedArrowIsCaughtWithFileLineAndRule) {
  EXPECT_EQ(faults_of("engine/dsp/gain.cpp", "// Gain.\n#include <cmath>\n\n#include \"engine/graph/node.hpp\"\n"),
            std::vector<std::string>{"engine/dsp/gain.cpp:4: engine/dsp may not include engine/graph"});
  EXPECT_EQ(faults_of("server/domain/room.cpp", "#include \"server/net/room_hub.hpp\"\n").size(), 1U);
  EXPECT_EQ(faults_of("server/domain/room.cpp", "#include \"engine/media/audio_file.hpp\"\n").size(), 1U);
  EXPECT_EQ(faults_of("engine/base/error.cpp", "#include \"tests/support/edits.hpp\"\n").size(), 1U);
  EXPECT_EQ(faults_of("client/replica/sync.cpp", "  # include  \"client/cli/context.hpp\"\n").size(), 1U);
}

TEST(LayeringTest, WireTypesAreCaughtInSoundCode) {
  for (const char* folder : {"dsp", "effects", "instruments", "media", "analysis", "mastering", "realtime"}) {
    const std::string path = std::string("engine/") + folder + "/a.cpp";
    EXPECT_EQ(faults_of(path, "#include \"talkback/v1/session.pb.h\"\n").size(), 1U) << path;
  }
  EXPECT_EQ(faults_of("engine/graph/compile.cpp", "#include \"talkback/v1/session.pb.h\"\n").size(), 0U);
}

TEST(LayeringTest, FieldLibraryOutsideItsFolderIsCaught) {
  EXPECT_EQ(
      faults_of("engine/render/render.cpp", "#include <sndfile.h>\n"),
      std::vector<std::string>{
          "engine/render/render.cpp:1: engine/render may not include <sndfile…>, which is wrapped by engine/media"});
  EXPECT_EQ(faults_of("server/serve.cpp", "#include <boost/asio/post.hpp>\n").size(), 1U);
  EXPECT_EQ(faults_of("server/net/asio.hpp", "#pragma once\n#include <boost/asio/post.hpp>\n").size(), 0U);
}

TEST(LayeringTest, LongFilesUnguardedHeadersAndUnknownFoldersAreCaught) {
  EXPECT_EQ(faults_of("engine/base/long.cpp", std::string(kLinesMax, '\n')).size(), 0U);
  EXPECT_EQ(faults_of("engine/base/long.cpp", std::string(kLinesMax + 1, '\n')).size(), 1U);
  EXPECT_EQ(faults_of("engine/base/a.hpp", "struct A {};\n").size(), 1U);
  EXPECT_EQ(faults_of("engine/utils/a.cpp", "").size(), 1U);
}

TEST(LayeringTest, CircleIsFound) {
  EXPECT_EQ(find_circle({{"a", {"b"}}, {"b", {"c"}}, {"c", {"a"}}}), (std::vector<std::string>{"a", "b", "c", "a"}));
  EXPECT_TRUE(find_circle({{"a", {"b", "c"}}, {"b", {"c"}}}).empty());
}

}  // namespace
}  // namespace talkback::test
