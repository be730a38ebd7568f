// Real songs, in mixes that use most of the effects (tests/songs, made with the command line): loudness against what
// other meters found, stems against their mix, masters against their target, loudness and spectrum against what they
// were.
//
// The songs' figures stand in tests/songs/figures.txt. Who changes the sound of a mix writes them anew:
// TALKBACK_WRITE_GOLDEN=1 render_conformance_test --gtest_filter='*Figures*'
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "engine/analysis/measure_file.hpp"
#include "engine/dsp/fft.hpp"
#include "engine/render/render.hpp"
#include "engine/session/message_json.hpp"
#include "engine/session/state.hpp"
#include "tests/support/session_builder.hpp"
#include "tests/support/test_data.hpp"

namespace talkback::render {
namespace {

namespace fs = std::filesystem;

const fs::path kSongs = fs::path(TALKBACK_SOURCE_DIR) / "tests/songs";

std::string text_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

class SongTest : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    TALKBACK_NEEDS_TEST_DATA();
    for (const auto& file : fs::directory_iterator(stems_)) {
      if (file.path().extension() == ".flac") files_[to_hex(*sha256_of_file(file.path()))] = file.path();
    }
    v1::SessionState state;
    ASSERT_TRUE(session::from_json(text_of(kSongs / (std::string(GetParam()) + ".json")), state));
    state.clear_digest();
    auto session = session::from_state(state);
    ASSERT_TRUE(session) << session.error().message;
    session_ = std::move(*session);
  }

  RenderResult render_song(const RenderOptions& options) {
    auto result = render(session_, options, library_, folder_.path());
    EXPECT_TRUE(result) << result.error().message;
    return result ? std::move(*result) : RenderResult{};
  }

  void change(const v1::Object& object, const std::function<void(v1::Object&)>& fill) {
    auto changed = std::make_shared<v1::Object>(object);
    fill(*changed);
    session_.put(changed);
  }

  // The stems as they are, mono ones as loud on both sides as in their files.
  void make_plain() {
    const auto remove_all = [&](v1::Object::BodyCase kind) {
      std::vector<ObjectId> ids;
      session_.for_each([&](const v1::Object& object) {
        if (object.body_case() == kind) ids.push_back(session::id_of(object));
      });
      for (const ObjectId id : ids) session_.remove(id);
    };
    for (const auto kind : {v1::Object::kBreakpoint, v1::Object::kAutomation, v1::Object::kSend, v1::Object::kInsert})
      remove_all(kind);
    std::vector<v1::Object> tracks;
    session_.for_each([&](const v1::Object& object) {
      if (object.has_track()) tracks.push_back(object);
    });
    for (v1::Object& track : tracks) {
      change(track, [](v1::Object& o) {
        o.mutable_track()->set_fader_db(0.0);
        o.mutable_track()->set_pan(0.0);
        o.mutable_track()->set_polarity_inverted(false);
        o.mutable_track()->clear_vca_id();
      });
    }
    change(*session_.find(kRootId), [](v1::Object& o) {
      o.mutable_settings()->set_pan_law(v1::Settings::ZERO_DB);
      o.mutable_settings()->set_tail_s(0.0);
    });
  }

  const fs::path stems_ = test_data(std::string("multitrack/") + GetParam());
  std::map<std::string, fs::path, std::less<>> files_;
  session::Session session_;
  TemporaryFolder folder_;
  media::SourceLibrary library_ = media::SourceLibrary(
      [this](std::string_view name) -> Result<fs::path> {
        const auto found = files_.find(name);
        if (found == files_.end()) return Error{ErrorCode::not_found, "no such stem"};
        return found->second;
      },
      folder_ / "cache");
};

AudioBuffer sound_of(const fs::path& file) {
  auto reader = media::open_audio_file(file);
  EXPECT_TRUE(reader) << file;
  AudioBuffer sound(2, static_cast<int>((*reader)->length().count));
  EXPECT_TRUE((*reader)->read(FramePosition{0}, sound.block()));
  return sound;
}

// Energy by octave from 31.5 Hz to 16 kHz, in dB.
std::vector<double> octaves_of(ConstAudioBlock sound, double rate_hz) {
  constexpr int kSize = 8'192;
  const dsp::Fft fft(kSize);
  std::vector<float> re(kSize), im(kSize), scratch_re(kSize), scratch_im(kSize);
  std::vector<double> bands(10, 1e-20);
  for (int first = 0; first + kSize <= sound.frame_count(); first += kSize / 2) {
    for (std::size_t n = 0; n < kSize; ++n) {
      const double window = 0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * static_cast<double>(n) / kSize);
      re[n] = sound.channel(0)[static_cast<std::size_t>(first) + n] * static_cast<float>(window);
      im[n] = sound.channel(1)[static_cast<std::size_t>(first) + n] * static_cast<float>(window);
    }
    fft.forward(re.data(), im.data(), scratch_re.data(), scratch_im.data());
    // Left and right in one transform: the energies at k and size - k hold both.
    for (std::size_t k = 1; k < kSize / 2; ++k) {
      const double octave = std::log2(static_cast<double>(k) * rate_hz / kSize / 31.5);
      const auto band = static_cast<int>(std::lround(octave));
      if (band < 0 || band >= static_cast<int>(bands.size())) continue;
      for (const std::size_t bin : {k, kSize - k})
        bands[static_cast<std::size_t>(band)] += static_cast<double>(re[bin]) * static_cast<double>(re[bin]) +
                                                 static_cast<double>(im[bin]) * static_cast<double>(im[bin]);
    }
  }
  for (double& band : bands) band = 10.0 * std::log10(band);
  return bands;
}

TEST_P(SongTest, StemsAtUnityMeasureAsOtherMetersFound) {
  make_plain();
  const RenderResult mix = render_song({});
  ASSERT_EQ(mix.artifacts.size(), 1U);
  const nlohmann::json facts = nlohmann::json::parse(text_of(stems_ / "song.json")).at("unity_sum");
  EXPECT_NEAR(*mix.artifacts[0].loudness.integrated_lufs, facts.at("integrated_lufs").get<double>(), 0.15);
  EXPECT_NEAR(*mix.artifacts[0].loudness.true_peak_dbtp, facts.at("true_peak_dbtp").get<double>(), 0.3);
}

TEST_P(SongTest, StemsSumToTheMix) {
  const RenderResult mix = render_song({});
  RenderOptions options;
  options.kind = RenderKind::stems;
  const RenderResult stems = render_song(options);
  ASSERT_GT(stems.artifacts.size(), 2U);
  AudioBuffer rest = sound_of(mix.artifacts.at(0).path);
  std::vector<double> sums[2];
  for (int c = 0; c < 2; ++c) sums[c].assign(rest.block().channel(c).begin(), rest.block().channel(c).end());
  for (const RenderedFile& stem : stems.artifacts) {
    const AudioBuffer sound = sound_of(stem.path);
    ASSERT_EQ(sound.frame_count(), rest.frame_count());
    for (int c = 0; c < 2; ++c) {
      for (std::size_t n = 0; n < sums[c].size(); ++n) sums[c][n] -= static_cast<double>(sound.block().channel(c)[n]);
    }
  }
  double greatest = 0.0;
  for (const auto& channel : sums) {
    for (const double sample : channel) greatest = std::max(greatest, std::abs(sample));
  }
  EXPECT_LE(20.0 * std::log10(greatest + 1e-12), -120.0);
}

TEST_P(SongTest, MasterHoldsItsTarget) {
  RenderOptions options;
  options.kind = RenderKind::master;
  const RenderResult master = render_song(options);
  ASSERT_EQ(master.artifacts.size(), 1U);
  const auto measured = analysis::measure_file(master.artifacts[0].path);
  ASSERT_TRUE(measured);
  EXPECT_NEAR(*measured->loudness.integrated_lufs, -14.0, 0.1);
  EXPECT_LE(*measured->loudness.true_peak_dbtp, -1.0 + 0.05);
}

TEST_P(SongTest, AnEditGivesTheBytesOfAFullRender) {
  RenderOptions cached;
  cached.segments.folder = folder_ / "segments";
  render_song(cached);
  const v1::Object* track = nullptr;
  session_.for_each([&](const v1::Object& object) {
    if (object.has_track() && object.track().kind() == v1::Track::AUDIO) track = &object;
  });
  change(*track, [](v1::Object& o) { o.mutable_track()->set_fader_db(o.track().fader_db() - 1.5); });
  const RenderResult edited = render_song(cached);
  const std::string sha256 = edited.artifacts.at(0).sha256;
  EXPECT_LT(edited.effort.segments_computed, edited.effort.segments);
  EXPECT_EQ(render_song({}).artifacts.at(0).sha256, sha256);
}

// Name, then loudness, range, true peak and octaves.
TEST_P(SongTest, FiguresAreWhatTheyWere) {
  const RenderResult mix = render_song({});
  const analysis::Loudness& loudness = mix.artifacts.at(0).loudness;
  std::vector<double> now = {*loudness.integrated_lufs, *loudness.range_lu, *loudness.true_peak_dbtp};
  for (const double octave : octaves_of(sound_of(mix.artifacts[0].path).block(), mix.artifacts[0].rate.hz))
    now.push_back(octave);
  const fs::path place = kSongs / "figures.txt";
  std::map<std::string, std::string> lines;
  {
    std::ifstream file(place);
    std::string name;
    std::string rest;
    while (file >> name && std::getline(file, rest)) lines[name] = rest;
  }
  if (std::getenv("TALKBACK_WRITE_GOLDEN") != nullptr) {
    std::ostringstream line;
    line.precision(5);
    for (const double figure : now) line << " " << figure;
    lines[GetParam()] = line.str();
    std::ofstream file(place, std::ios::trunc);
    for (const auto& [name, rest] : lines) file << name << rest << "\n";
  }
  std::istringstream line(lines[GetParam()]);
  std::vector<double> figures;
  for (double figure = 0.0; line >> figure;) figures.push_back(figure);
  ASSERT_EQ(figures.size(), now.size());
  for (std::size_t i = 0; i < now.size(); ++i) EXPECT_NEAR(now[i], figures[i], 0.02) << "figure " << i;
}

INSTANTIATE_TEST_SUITE_P(Songs, SongTest,
                         ::testing::Values("francium", "lithium", "mark-boas-funk", "pop-punk-rendered"),
                         [](const auto& song) {
                           std::string name = song.param;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace talkback::render
