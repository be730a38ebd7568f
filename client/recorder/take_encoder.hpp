// Turns a capture, while it grows, into the file that is kept: FLAC for as long as every sample is a 24-bit integer, as
// sound cards deliver them; from the first sample on that is none, the capture itself, 32-bit floats. Either way no bit
// of the sound changes.
//
// The bytes that are there stay as they are, but for the head of fixed length, which complete() gives anew: so they can
// be sent on while the recording goes on. Made again from the same capture they are the same bytes. One thread.
#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <vector>

#include "client/recorder/capture_file.hpp"
#include "engine/base/sha256.hpp"
#include "engine/media/flac_stream.hpp"

namespace talkback::recorder {

class TakeEncoder {
 public:
  // flac: the file that is written beside the capture. Of tags only what is known at the start counts here.
  static Result<TakeEncoder> create(std::filesystem::path capture, std::filesystem::path flac, media::TakeTags tags);
  TakeEncoder(TakeEncoder&&) noexcept;
  ~TakeEncoder();

  // Takes what the capture holds by now, some seconds at most. False: it has caught up.
  Result<bool> advance();

  // Turns to false once, with the first sample that is no 24-bit integer: the bytes then begin anew.
  bool is_flac() const noexcept { return flac_ != nullptr; }
  const std::filesystem::path& file() const noexcept { return is_flac() ? flac_file_ : capture_; }
  // Of the file, so far.
  std::int64_t bytes() const noexcept { return bytes_; }
  // Frames that lie whole within the file's first bytes.
  Frames frames_within(std::int64_t bytes) const;

  struct Complete {
    std::filesystem::path file;
    std::string head;  // in the file already
    Sha256Digest sha256{};
    std::int64_t size_bytes = 0;
    bool is_flac = true;
  };
  // The capture has ended with so many frames, all of which were taken. The file is on the disk.
  Result<Complete> complete(const media::TakeTags& tags, Frames length);

 private:
  TakeEncoder(std::filesystem::path capture, std::filesystem::path flac, media::TakeTags tags, CaptureReader reader);
  Result<void> begin_flac();
  void become_float();
  void note_reach();

  std::filesystem::path capture_;
  std::filesystem::path flac_file_;
  media::TakeTags tags_;
  CaptureReader reader_;
  AudioBuffer buffer_;
  std::unique_ptr<media::FlacStream> flac_;
  std::unique_ptr<std::ofstream> out_;  // of the FLAC file
  Frames encoded_{};
  std::int64_t bytes_ = 0;
  struct Reach {
    std::int64_t bytes = 0;
    Frames frames{};
  };
  std::vector<Reach> reaches_;
};

}  // namespace talkback::recorder
