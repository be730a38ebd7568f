#include "engine/analysis/measure_file.hpp"

namespace talkback::analysis {

Result<FileMeasure> measure_file(const std::filesystem::path& path) {
  constexpr int kBlockFrames = 8192;
  TALKBACK_ASSIGN(media::AudioFileInfo file, media::inspect(path));
  TALKBACK_ASSIGN(const auto reader, media::open_audio_file(path));
  TALKBACK_ASSIGN(LoudnessMeter meter, LoudnessMeter::create(SampleRate{file.sample_rate_hz}, file.channels));
  AudioBuffer buffer(file.channels, kBlockFrames);
  for (std::int64_t done = 0; done < file.length.count; done += kBlockFrames) {
    const auto frames = static_cast<int>(std::min<std::int64_t>(kBlockFrames, file.length.count - done));
    const AudioBlock block = buffer.block().slice(0, frames);
    TALKBACK_TRY(reader->read(FramePosition{done}, block));
    meter.process(block);
  }
  return FileMeasure{std::move(file), meter.loudness(), reader->not_finite()};
}

}  // namespace talkback::analysis
