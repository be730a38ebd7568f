// A convolution in a session: where its response comes from.
#include "tests/engine/graph/graph_support.hpp"

namespace talkback::graph {
namespace {

// A click of the left channel through the response that was stored.
AudioBuffer click_through(SessionBuilder& builder, const std::string& blob) {
  AudioBuffer click(2, 9'600);
  click.block().channel(0)[0] = 1.0F;
  const ObjectId track = builder.sounding_track("Click", click);
  builder.insert(track, [&](v1::Insert& i) {
    i.mutable_convolution()->set_blob_sha256(blob);
    i.mutable_convolution()->set_mix_percent(100.0);
    i.mutable_convolution()->set_as_recorded(true);
  });
  return heard(builder);
}

std::string stored(SessionBuilder& builder, const AudioBuffer& response, int rate_hz = 48'000) {
  return builder.session.find(builder.source(response, rate_hz))->source().blob_sha256();
}

TEST(ConvolutionTest, PlaysTheBlobThatTheInsertNames) {
  SessionBuilder builder;
  const AudioBuffer room = test_noise(2, 4'000);
  const AudioBuffer sound = click_through(builder, stored(builder, room));
  for (const int frame : {0, 1, 500, 3'999}) EXPECT_NEAR(at(sound, 0, frame), at(room, 0, frame), 1e-5F);
  EXPECT_NEAR(at(sound, 0, 4'000), 0.0F, 1e-6F);
}

// A filter of one pole: as many taps at twice the rate must not be twice as loud.
TEST(ConvolutionTest, ResponsesOfAnotherRateKeepTheirLevel) {
  SessionBuilder builder;
  AudioBuffer room(1, 19'200);
  for (int n = 0; n < 19'200; ++n)
    room.block().channel(0)[static_cast<std::size_t>(n)] = 0.01F * std::exp(-0.002F * static_cast<float>(n));
  const AudioBuffer sound = click_through(builder, stored(builder, room, 96'000));
  double sum = 0.0;
  for (const float sample : sound.block().channel(0)) sum += static_cast<double>(sample);
  EXPECT_NEAR(sum, 0.01 / 0.002, 0.05);
}

TEST(ConvolutionTest, AMissingResponseIsNamed) {
  SessionBuilder builder;
  const ObjectId track = builder.sounding_track("Voice", test_constant(1, 100, 0.5F));
  builder.insert(track, [](v1::Insert& i) { i.mutable_convolution()->set_blob_sha256("nowhere"); });
  const auto stream = render::MixStream::create(builder.session, {}, builder.library, render::MixTap::mix, {});
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().code, ErrorCode::not_found);
  EXPECT_NE(stream.error().message.find("Voice"), std::string::npos) << stream.error().message;
  EXPECT_NE(stream.error().message.find("impulse response"), std::string::npos) << stream.error().message;
}

}  // namespace
}  // namespace talkback::graph
