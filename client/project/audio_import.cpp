#include "client/project/audio_import.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "client/project/name_text.hpp"
#include "engine/media/audio_file.hpp"
#include "engine/media/audio_writer.hpp"

namespace talkback::project {
namespace {

constexpr int kScanFrames = 65'536;

std::string lowered_ending(const std::filesystem::path& file) {
  std::string ending = file.extension().string();
  std::ranges::transform(ending, ending.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return ending;
}

// Reads to the end, handing each block on.
template <class Sink>
Result<std::int64_t> scan(const std::filesystem::path& file, Sink sink) {
  TALKBACK_ASSIGN(const auto reader, media::open_audio_file(file));
  AudioBuffer buffer(reader->channels(), kScanFrames);
  const std::int64_t length = reader->length().count;
  for (std::int64_t at = 0; at < length; at += kScanFrames) {
    const int frames = static_cast<int>(std::min<std::int64_t>(kScanFrames, length - at));
    const AudioBlock block = buffer.block().slice(0, frames);
    TALKBACK_TRY(reader->read(FramePosition{at}, block));
    TALKBACK_TRY(sink(ConstAudioBlock(block)));
  }
  return reader->not_finite();
}

Result<void> write_cleaned(const std::filesystem::path& from, const std::filesystem::path& to,
                           const media::AudioFileInfo& info) {
  media::WriterOptions options;
  options.format = media::AudioFormat::wav_float;
  options.rate = SampleRate{info.sample_rate_hz};
  options.channels = info.channels;
  options.length_expected = info.length;
  TALKBACK_ASSIGN(media::AudioWriter writer, media::AudioWriter::create(to, options));
  TALKBACK_TRY(scan(from, [&](ConstAudioBlock block) { return writer.write(block); }));
  return writer.finish();
}

Error named(const std::filesystem::path& file, const Error& error) {
  const std::string name = file.filename().string();
  if (error.message.find(name) != std::string::npos) return error;
  return Error{error.code, name + ": " + error.message};
}

Result<ImportedAudio> read(const MediaFolder& media, const std::filesystem::path& file) {
  TALKBACK_ASSIGN(const media::AudioFileInfo info, media::inspect(file));
  if (info.length.count == 0) return Error{ErrorCode::corrupt, "it holds no sound"};
  ImportedAudio audio;
  audio.name = name_text(file.stem().string());
  audio.file_name = name_text(file.filename().string());
  audio.sample_rate_hz = info.sample_rate_hz;
  audio.channels = info.channels;
  audio.length = info.length;
  audio.warnings = info.warnings;
  TALKBACK_ASSIGN(const std::int64_t not_finite, scan(file, [](ConstAudioBlock) { return Result<void>(); }));
  if (not_finite == 0) {
    TALKBACK_ASSIGN(audio.blob, media.add(file));
  } else {
    const std::filesystem::path cleaned =
        std::filesystem::temp_directory_path() / ("talkback-cleaned-" + std::to_string(::getpid()) + ".wav");
    const Result<void> written = write_cleaned(file, cleaned, info);
    auto added = written ? media.add(cleaned) : Result<net::FileBlob>(written.error());
    std::error_code ignored;
    std::filesystem::remove(cleaned, ignored);
    TALKBACK_ASSIGN(audio.blob, std::move(added));
    audio.warnings.push_back(std::to_string(not_finite) + " samples were not numbers and were silenced");
  }
  audio.file = media.path_of(audio.blob.sha256);
  return audio;
}

}  // namespace

Result<ImportedAudio> read_audio(const MediaFolder& media, const std::filesystem::path& file) {
  auto audio = read(media, file);
  if (!audio) return named(file, audio.error());
  return audio;
}

ObjectId add_source(v1::Edit& edit, const ImportedAudio& audio) {
  v1::Object& source = *edit.add_operations()->mutable_create();
  source.set_id(replica::new_object_id().value);
  source.set_parent_id(kRootId.value);
  source.mutable_source()->set_name(audio.name);
  source.mutable_source()->set_file_name(audio.file_name);
  source.mutable_source()->set_blob_sha256(audio.blob.sha256);
  source.mutable_source()->set_size_bytes(audio.blob.size_bytes);
  source.mutable_source()->set_sample_rate_hz(static_cast<std::uint32_t>(audio.sample_rate_hz));
  source.mutable_source()->set_channels(static_cast<std::uint32_t>(audio.channels));
  source.mutable_source()->set_length_frames(audio.length.count);
  return session::id_of(source);
}

void add_audio_track(v1::Edit& edit, const session::Session& session, const ImportedAudio& audio, TickPosition position,
                     const std::string& order) {
  const ObjectId source = add_source(edit, audio);
  v1::Object track;
  track.set_id(replica::new_object_id().value);
  track.set_parent_id(kRootId.value);
  track.set_order(order);
  track.mutable_track()->set_kind(v1::Track::AUDIO);
  track.mutable_track()->set_name(unused_track_name(session, edit, audio.name));
  v1::Object clip;
  clip.set_id(replica::new_object_id().value);
  clip.set_parent_id(track.id());
  clip.set_order("V");
  clip.mutable_audio_clip()->set_name(audio.name);
  clip.mutable_audio_clip()->set_source_id(source.value);
  clip.mutable_audio_clip()->set_position_ticks(position.count);
  clip.mutable_audio_clip()->set_length_frames(audio.length.count);
  for (const v1::Object* object : {&track, &clip}) *edit.add_operations()->mutable_create() = *object;
}

std::string unused_track_name(const session::Session& session, const v1::Edit& edit, const std::string& wanted) {
  const auto is_taken = [&](const std::string& name) {
    bool taken = false;
    session.for_each(
        [&](const v1::Object& object) { taken = taken || (object.has_track() && object.track().name() == name); });
    for (const v1::Operation& operation : edit.operations())
      taken = taken || (operation.create().has_track() && operation.create().track().name() == name);
    return taken;
  };
  const std::string base = wanted.empty() ? "Track" : name_text(wanted);
  std::string name = base;
  for (int number = 2; is_taken(name); ++number) name = base + " " + std::to_string(number);
  return name;
}

bool looks_like_audio(const std::filesystem::path& file) {
  static constexpr std::array<std::string_view, 13> kEndings{".wav",  ".wave", ".bwf", ".rf64", ".w64", ".aif", ".aiff",
                                                             ".aifc", ".flac", ".ogg", ".opus", ".mp3", ".caf"};
  return std::ranges::find(kEndings, lowered_ending(file)) != kEndings.end();
}

bool looks_like_midi(const std::filesystem::path& file) {
  const std::string ending = lowered_ending(file);
  return ending == ".mid" || ending == ".midi" || ending == ".smf";
}

}  // namespace talkback::project
