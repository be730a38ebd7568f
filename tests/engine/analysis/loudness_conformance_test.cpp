#include "engine/analysis/measure_file.hpp"
#include "tests/support/test_data.hpp"

namespace talkback::analysis {
namespace {

TEST(LoudnessConformanceTest, FilesOfEbu3341And3342MeasureAsPublished) {
  TALKBACK_NEEDS_TEST_DATA();
  const auto measure = [](const std::string& name) { return measure_file(test_data("loudness/" + name))->loudness; };
  for (const char* number : {"01", "03", "05", "06-5ch"}) {
    EXPECT_NEAR(*measure("ebu3341-" + std::string(number) + "-48k.flac").integrated_lufs, -23.0, 0.1) << number;
  }
  EXPECT_NEAR(*measure("bs1770-response-100Hz-48k.flac").integrated_lufs, -23.0, 0.1);
  EXPECT_NEAR(*measure("bs1770-response-500Hz-48k.flac").integrated_lufs, -23.0, 0.1);
  EXPECT_NEAR(*measure("ebu3342-2-48k.flac").range_lu, 5.0, 1.0);
  EXPECT_NEAR(*measure("ebu3342-3-48k.flac").range_lu, 20.0, 1.0);
}

TEST(LoudnessConformanceTest, TruePeaksOfEbu3341MeasureAsPublished) {
  TALKBACK_NEEDS_TEST_DATA();
  for (const auto& [name, expected] : {std::pair{"15-48k.flac", -6.0},
                                       {"16-48k.wav", -6.0},
                                       {"17-48k.flac", -6.0},
                                       {"18-48k.flac", -6.0},
                                       {"19-48k.flac", 3.0},
                                       {"20-48k.wav", 0.0},
                                       {"21-48k.flac", 0.0},
                                       {"22-48k.flac", 0.0},
                                       {"23-48k.flac", 0.0}}) {
    const double peak = *measure_file(test_data("loudness/ebu3341-" + std::string(name)))->loudness.true_peak_dbtp;
    EXPECT_LE(peak, expected + 0.2) << name;
    EXPECT_GE(peak, expected - 0.4) << name;
  }
}

}  // namespace
}  // namespace talkback::analysis
