#include "engine/instruments/click.hpp"

#include "tests/engine/instruments/instrument_support.hpp"

namespace talkback::instruments {
namespace {

TEST(ClickTest, KindsAreTunedAndEndInTime) {
  for (const auto& [note, hz] :
       {std::pair(Click::kAccent, 1'760.0), {Click::kBeat, 1'320.0}, {Click::kSubBeat, 880.0}}) {
    Click click;
    click.prepare({kRate});
    click.note_on(note, 127);
    const auto sound = play(click, kRate / 10);
    EXPECT_NEAR(pitch_hz(std::span(sound).first(1'400)), hz, hz * 0.002);
    EXPECT_GT(peak_of(sound), 0.85F);
    // 60 dB down after 30 ms and the attack, and then gone.
    EXPECT_LT(peak_of(std::span(sound).subspan(1'464)), 0.00101F);
    EXPECT_EQ(peak_of(std::span(sound).subspan(2'200)), 0.0F);
  }
}

TEST(ClickTest, OtherNotesAreSilent) {
  Click click;
  click.prepare({kRate});
  click.note_on(60, 127);
  EXPECT_EQ(peak_of(play(click, 1'000)), 0.0F);
}

}  // namespace
}  // namespace talkback::instruments
